"""What the player has drawn, and what it must draw: for tests in a browser."""

import json
import re

from buckets.pictures.aisle.look import look
from buckets.pictures.aisle.state import state_at

DRAWN = """(root) => ({
  pairs: [...root.querySelectorAll(".ab-pair")].map((node) => ({
    ...node.dataset,
    step: node.querySelector(".ab-inner .ab-bucket").dataset.step,
    street: node.querySelector(".ab-street .ab-bucket").dataset.step,
    backstep: node.querySelectorAll(".ab-inner .ab-bucket")[1].dataset.step,
    amount: node.querySelector(".ab-amount").textContent,
    behind: node.querySelector(".ab-behind").textContent,
    sent: node.querySelector(".ab-sent").textContent,
  })),
  people: [...root.querySelectorAll(".ab-person")].map((node) => ({
    ...node.dataset, transform: node.getAttribute("transform"),
    mark: node.querySelector(".ab-mark").textContent,
  })),
  door: {
    ...root.querySelector(".ab-door").dataset,
    text: root.querySelector(".ab-queue").textContent,
  },
  rest: root.querySelector(".ab-rest").textContent,
  time: Number(root.dataset.time),
  said: root.querySelector(".ab-say").textContent,
})"""


def scene_in(html):
    """The scene that a picture's HTML carries for its player."""
    found = re.search(r'class="ab-scene">(.*?)</script>', html, re.DOTALL)
    return json.loads(found[1])


ASK = "▽ Here something is wrong. What?"


def caption(scene, index):
    """What happened, and that something is wrong there; what it is has to be asked."""
    found = [ASK for lint in scene["lints"] if lint["i"] == index]
    words = scene["words"][scene["moments"][index]["say"]]
    return " ".join([words, *found[:1]])


def expected(scene, t):
    """What must be drawn at a time, in the words of DRAWN."""
    state = state_at(scene, t)
    shown = look(scene, state)
    pairs = [
        {
            key: str(pair[key])
            for key in "place tap level back flag short shut now step backstep "
            "amount behind sent".split()
        }
        | {"pair": str(number), "street": str(pair["step"])}
        for number, pair in enumerate(shown["pairs"])
    ]
    people = [
        {
            "person": str(number),
            "at": str(person["at"]),
            "pose": person["pose"],
            "mark": person["mark"],
            "transform": f"translate({person['x']} {person['y']})",
        }
        for number, person in enumerate(shown["people"])
    ]
    return {
        "pairs": pairs,
        "people": people,
        "door": {"flag": str(shown["door"]["flag"]), "text": shown["door"]["text"]},
        "rest": shown["rest"],
        "time": t,
        "said": caption(scene, state["i"]),
    }


def scrub(player, index):
    """Move the slider of a player, as a hand on it would."""
    player.locator("input[type=range]").evaluate(
        "(range, index) => { range.value = index;"
        " range.dispatchEvent(new Event('input', { bubbles: true })); }",
        index,
    )
