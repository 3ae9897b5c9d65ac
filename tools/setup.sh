#!/bin/sh
# Finds a Python that can build the environment and hands over to setup.py.
# This part is sh because the first Python on a machine may be too old to read
# setup.py. Every candidate is run, never only looked up: version managers such
# as pyenv put commands on PATH that exist and yet refuse to start.

cd "$(dirname "$0")/.." || exit 1

# Prints MAJOR.MINOR. Exit status 1: too old. 2: lacks a module, named instead.
probe='
import sys
if sys.version_info < (3, 11):
    print("%d.%d" % sys.version_info[:2])
    sys.exit(1)
for name in ("venv", "ensurepip", "ssl", "sqlite3", "ctypes"):
    try:
        __import__(name)
    except ImportError:
        print("%d.%d without " % sys.version_info[:2] + name)
        sys.exit(2)
print("%d.%d" % sys.version_info[:2])
'

say() {
    printf '\n%s\n\n' "$1" | fold -s -w 78 >&2
}

named=
if [ -n "$PYTHON" ]; then
    if ! named=$("$PYTHON" -c "$probe" 2>/dev/null); then
        say "PYTHON=$PYTHON does not serve: ${named:-it does not start}. This \
course needs Python 3.11 or newer with venv, ensurepip, ssl, sqlite3 and \
ctypes. Name another one, or leave PYTHON away to let make look for itself."
        exit 1
    fi
fi

if [ -x .venv/bin/python ] &&
    .venv/bin/python -E -s tools/setup.py --ready "$named" 2>/dev/null; then
    exit 0
fi

# From here on .venv may be taken down, so its own Python must not be the one
# found: an activated .venv, and make itself, put it first on PATH.
outer=
set -f
IFS=:
for folder in $PATH; do
    if [ "$(cd "$folder" 2>/dev/null && pwd -P)" != "$(pwd -P)/.venv/bin" ]; then
        outer=$outer:$folder
    fi
done
unset IFS
set +f
PATH=${outer#:}

if [ -n "$PYTHON" ]; then
    exec "$PYTHON" -E -s tools/setup.py --build "$named"
fi

seen=
for candidate in python3 python python3.13 python3.12 python3.11 python3.14; do
    if version=$("$candidate" -c "$probe" 2>/dev/null); then
        exec "$candidate" -E -s tools/setup.py --build
    fi
    [ -z "$version" ] || seen="$seen $candidate is $version;"
done

case $seen in
*without\ venv* | *without\ ensurepip*)
    say "Python is here, but without the modules venv and ensurepip \
(found:$seen). On Debian and Ubuntu they are a package of their own: \
'apt install python3-venv' as root, then run make again."
    ;;
*)
    say "This course needs Python 3.11 or newer, and none was found \
(found:${seen:- no Python at all;}). Install one from python.org or with your \
system's packages (Debian 12 or newer, Ubuntu 24.04 or newer: \
'apt install python3 python3-venv'; macOS: 'brew install python@3.13'), then \
run make again. A Python in an unusual place can be named: \
make lab PYTHON=/path/to/python3.13"
    ;;
esac
exit 1
