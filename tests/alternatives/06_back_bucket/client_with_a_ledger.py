"""A ledger says what each is still to hear, and two are slow.

task: wrong_water
"""


def wrong_water(server):
    ledger = {}

    def order(name, letters):
        client, due = ledger.get(name) or (server.connect(name), b"")
        due += b"".join(water(bytes([letter])) for letter in letters)
        client.send(letters)
        ledger[name] = client, due

    def pays(name):
        client, due = ledger[name]
        ledger[name] = client, b""
        return client.hear() == due

    order("slow", b"t")
    order("slower", b"t")
    order("anna", b"abc")
    if not pays("anna"):
        return True
    order("slow", b"cb")
    ledger["slower"][0].half_close()
    order("anna", b"a")
    if not pays("anna") or not pays("slow") or not pays("slower"):
        return True
    return ledger["slower"][0].hear() != b""
