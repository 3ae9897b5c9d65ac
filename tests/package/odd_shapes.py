"""Odd but right notebooks of any topic: what became of the cells, and by whose hand.

SHAPES gives each by its name: a function of a topic, which returns the notebook. All
make something else of the solution, and all are right in Jupyter from top to bottom.
"""

import ast
import copy

from buckets import course

LOGGED = """\
import functools, logging
logging.basicConfig(level=logging.DEBUG)
KNOWN = {}


def registered(cls):
    KNOWN[cls.__name__] = cls
    return cls


def logged(function):
    @functools.wraps(function)
    def inner(*args, **more):
        logging.debug('%s', function.__name__)
        return function(*args, **more)

    return inner
"""
DEMO = """\
import socket, sqlite3, threading
demo = socket.create_server(('127.0.0.1', 0))
guests = []


def drain():
    while True:
        guests.append(demo.accept()[0])


threading.Thread(target=drain, daemon=True).start()
me = socket.create_connection(demo.getsockname())
log = open('my.log', 'w')
notes = sqlite3.connect(':memory:')
"""


def code(source, name):
    """A cell of a learner's own."""
    cell = {"cell_type": "code", "metadata": {}, "source": source, "id": name}
    return {**cell, "outputs": [], "execution_count": None}


def solved(topic):
    return copy.deepcopy(course.read_notebook(topic.solution))


def is_answer(cell):
    return bool(cell["metadata"].get("nbgrader", {}).get("solution"))


def is_own(cell):
    """Code that is no check."""
    return cell["cell_type"] == "code" and not course.is_check(cell)


def below_imports(notebook, *sources):
    """The notebook with cells below its imports."""
    cells = [code(source, f"mine-{n}") for n, source in enumerate(sources)]
    ids = [cell.get("id") for cell in notebook["cells"]]
    place = ids.index("imports") + 1 if "imports" in ids else 0
    notebook["cells"][place:place] = cells
    return notebook


def each_answer(topic, change):
    """The solution, with each answer's text changed."""
    notebook = solved(topic)
    for cell in filter(is_answer, notebook["cells"]):
        cell["source"] = change(course.text_of(cell), cell["id"])
    return notebook


def answers_in_own_cells(topic):
    """The cells that were meant for them are gone."""
    notebook = solved(topic)
    notebook["cells"] = [
        code(course.text_of(cell), f"own-{n}") if is_answer(cell) else cell
        for n, cell in enumerate(notebook["cells"])
    ]
    return notebook


def checks_in_the_answers(topic):
    """Each answer makes sure of its points, and there is no check cell any more."""
    notebook = solved(topic)
    kept = []
    for cell in notebook["cells"]:
        task = course.checked_task(course.text_of(cell))
        if course.is_check(cell) and task:
            above = next(one for one in reversed(kept) if is_own(one))
            text = f"assert check({task}) == {topic.tasks[task]:g}"
            above["source"] = f"{course.text_of(above)}\n\n{text}\n"
        else:
            kept.append(cell)
    return {**notebook, "cells": kept}


def all_in_one_cell(topic):
    notebook = solved(topic)
    texts = [course.text_of(cell) for cell in notebook["cells"] if is_own(cell)]
    others = [cell for cell in notebook["cells"] if not is_own(cell)]
    notebook["cells"] = [code("\n\n".join(texts), "all"), *others]
    return notebook


def answers_alone(topic):
    """A notebook of one's own, into which the code was copied."""
    cells = [cell for cell in solved(topic)["cells"] if is_own(cell)]
    cells = [code(course.text_of(cell), f"c{n}") for n, cell in enumerate(cells)]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


def in_a_module(topic):
    """The whole code is written into a file, and imported from there."""
    notebook = solved(topic)
    texts = [course.text_of(cell) for cell in notebook["cells"] if is_own(cell)]
    notebook["cells"] = [cell for cell in notebook["cells"] if not is_answer(cell)]
    whole = "\n\n".join(texts)
    import_all = "from my_answers import *\nimport my_answers"
    return below_imports(notebook, f"%%writefile my_answers.py\n{whole}", import_all)


def in_programs(topic):
    """Each answer is a file that is run, with all that stands above it."""
    notebook, cells, above = solved(topic), [], []
    for cell in notebook["cells"]:
        if is_own(cell):
            above.append(course.text_of(cell))
        if is_answer(cell):
            name = f"my_{len(cells)}.py"
            whole = "\n\n".join(above)
            cells.append(code(f"%%writefile {name}\n{whole}", f"w{len(cells)}"))
            cells.append(code(f"%run {name}", f"r{len(cells)}"))
        else:
            cells.append(cell)
    return {**notebook, "cells": cells}


def with_magics(topic):
    above = (
        "%load_ext autoreload\n%autoreload 2\n%matplotlib inline\n!pip install rich\n"
    )
    return each_answer(topic, lambda text, _: f"{above}{text}\n%whos\n")


def timed(topic):
    return each_answer(topic, lambda text, _: f"%%time\n{text}")


def decorated(topic):
    def change(text, _):
        lines = text.split("\n")
        for node in reversed(ast.parse(text).body):
            plain = not getattr(node, "decorator_list", True)
            if plain and isinstance(node, ast.FunctionDef):
                lines.insert(node.lineno - 1, "@logged")
            elif plain and isinstance(node, ast.ClassDef):
                lines.insert(node.lineno - 1, "@registered")
        return "\n".join(lines)

    return below_imports(each_answer(topic, change), LOGGED)


def method_by_method(topic):
    """Each class grows from cell to cell, and is opened again in the end."""
    notebook, cells = solved(topic), []
    for cell in notebook["cells"]:
        if is_answer(cell):
            texts = list(_grown(ast.parse(course.text_of(cell))))
            cells += [code(text, f"{cell['id']}-{n}") for n, text in enumerate(texts)]
        else:
            cells.append(cell)
    return {**notebook, "cells": cells}


def _grown(tree):
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            yield ast.unparse(node)
            continue
        later = [one for one in node.body if _can_come_later(one)]
        node.body = [one for one in node.body if one not in later] or [ast.Pass()]
        yield ast.unparse(node)
        for one in later:
            put = f"{node.name}.{one.name} = {one.name}\ndel {one.name}"
            yield f"{ast.unparse(one)}\n\n{put}"
        yield f"class {node.name}({node.name}):\n    more = 1"


def _can_come_later(node):
    plain = isinstance(node, ast.FunctionDef) and not node.decorator_list
    return plain and node.name != "__init__" and "super()" not in ast.unparse(node)


def with_old_attempts(topic):
    """Cells that do not parse, that raise and that only look stand around answers."""
    notebook, cells = solved(topic), []
    for n, cell in enumerate(notebook["cells"]):
        if is_answer(cell):
            cells += [code("def oops(:\n    pass", f"s{n}"), code("1 / 0", f"r{n}")]
            cells += [cell, code(f"?{cell['id']}\nhelp({cell['id']})", f"h{n}")]
        else:
            cells.append(cell)
    return {**notebook, "cells": cells}


def with_a_demo(topic):
    return below_imports(solved(topic), DEMO)


def tidied_up_first(topic):
    notebook = solved(topic)
    notebook["cells"][:0] = [code("%reset -f\n3", "tidy"), code("_ + 1", "more")]
    return notebook


def saved_by_colab(topic):
    notebook = solved(topic)
    for n, cell in enumerate(notebook["cells"]):
        del cell["id"]
        cell["metadata"] = {"id": f"Xq{n}aBc_-", "colab": {"base_uri": "https://host/"}}
    metadata = {"colab": {"provenance": []}, "kernelspec": {"name": "python3"}}
    return {**notebook, "nbformat_minor": 0, "metadata": metadata}


def saved_by_deepnote(topic):
    notebook = solved(topic)
    for n, cell in enumerate(notebook["cells"]):
        cell["id"] = f"{n:032x}"
        cell["metadata"] = {"cell_id": cell["id"], "deepnote_cell_type": "code"}
    metadata = {"created_in_deepnote_cell": True}
    made = {"cell_type": "markdown", "metadata": metadata, "source": "deepnote.com"}
    notebook["cells"].append({**made, "id": "made"})
    return {**notebook, "metadata": {"deepnote": {}, "orig_nbformat": 2}}


def saved_by_a_notebook(topic):
    """With outputs, tags, and lines in lists."""
    notebook = solved(topic)
    seen = {"collapsed": True, "tags": ["x"], "vscode": {"languageId": "python"}}
    for cell in notebook["cells"]:
        cell["source"] = course.text_of(cell).splitlines(True)
        cell["metadata"] |= {**seen, "jupyter": {"source_hidden": True}}
        if cell["cell_type"] == "code":
            said = {"output_type": "stream", "name": "stdout", "text": ["x\n"]}
            cell |= {"outputs": [said], "execution_count": 3}
    return notebook


SHAPES = {
    "answers in own cells": answers_in_own_cells,
    "checks in the answers": checks_in_the_answers,
    "all in one cell": all_in_one_cell,
    "answers alone": answers_alone,
    "in a module": in_a_module,
    "in programs": in_programs,
    "with magics": with_magics,
    "timed": timed,
    "decorated": decorated,
    "method by method": method_by_method,
    "with old attempts": with_old_attempts,
    "with a demo": with_a_demo,
    "tidied up first": tidied_up_first,
    "saved by Colab": saved_by_colab,
    "saved by Deepnote": saved_by_deepnote,
    "saved by a notebook": saved_by_a_notebook,
}
