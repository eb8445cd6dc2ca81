#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The JSON outputs of the hand-made cases against the shipped schema. TAP."""
import copy
import json
import os
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("1..0 # SKIP python3-jsonschema is not installed")
    sys.exit(0)

SCHEMA = os.path.join(os.environ["SRCDIR"], "contrib/schema/analysis-1.schema.json")
SAMPLE = os.path.join(os.environ["BUILDDIR"], "tests/unit/report_sample")
CASES = ["empty", "two-ends", "mixed", "at-risk", "hostile", "many", "wires", "wires-hostile", "no-wires", "both"]
MANY_CHECKED = 50  # peers of the case with 10,000 that are validated: the validator is slow

with open(SCHEMA, encoding="utf-8") as f:
    schema = json.load(f)
document = jsonschema.Draft202012Validator(schema)
line = jsonschema.Draft202012Validator({"$ref": "#/$defs/line", "$defs": schema["$defs"]})
number = 0
failed = 0


def ok(condition, name, detail=""):
    global number, failed
    number += 1
    failed += not condition
    print(("ok" if condition else "not ok"), number, "-", name)
    if not condition and detail:
        print("#", str(detail).replace("\n", "\n# ")[:2000])


def render(case, fmt):
    return subprocess.run([SAMPLE, case, fmt], check=True, capture_output=True).stdout


def first_error(validator, value):
    return next((e.message for e in validator.iter_errors(value)), None)


def no_twins(pairs):
    keys = [k for k, _ in pairs]
    assert len(keys) == len(set(keys)), keys
    return dict(pairs)


jsonschema.Draft202012Validator.check_schema(schema)
for case in CASES:
    raw = render(case, "json")
    ok(raw.isascii() and raw.endswith(b"}\n"), f"{case}: ASCII, ends with a newline")
    value = json.loads(raw, object_pairs_hook=no_twins)
    ok(len(value["peers"]) == value["totals"]["peers"], f"{case}: all peers are there")
    value["peers"] = value["peers"][:MANY_CHECKED]
    error = first_error(document, value)
    ok(error is None, f"{case}: json is valid", error)
    lines = [json.loads(x, object_pairs_hook=no_twins) for x in render(case, "ndjson").splitlines()]
    ok(lines[-1]["type"] == "summary", f"{case}: ndjson ends with the summary")
    peers = [x for x in lines if x["type"] == "peer"]
    ok([x["index"] for x in peers] == list(range(len(peers))), f"{case}: peers are numbered")
    error = next((e for e in (first_error(line, x) for x in lines[:MANY_CHECKED] + lines[-1:]) if e), None)
    ok(error is None, f"{case}: ndjson is valid", error)

# What belongs together in the connections.
value = json.loads(render("both", "json"))
known = {x["sha256"] for x in value["certificates"]}
shown = [x for w in value["connections"] for x in w["client_chain"] + w["server_chain"]]
ok(len(known) == len(value["certificates"]) and shown and set(shown) <= known, "both: every certificate of a chain is listed, once")
ok(all(x["seen_count"] == shown.count(x["sha256"]) for x in value["certificates"]), "both: and is counted where it was seen")
first = value["connections"][0]
ok(value["peers"][first["finding"]]["verdict"]["id"] == first["verdict"]["id"], "both: a connection knows its peer")
proof = value["peers"][0]["evidence"][0]
ok((proof["source"], proof["line"], proof["frame"]) == (0, None, 230), "both: a packet is a frame, not a line", proof)
lines = [json.loads(x) for x in render("both", "ndjson").splitlines()]
for kind, key in (("certificate", "certificates"), ("connection", "connections")):
    mine = [{k: v for k, v in x.items() if k not in ("type", "index", "path")} for x in lines if x["type"] == kind]
    ok(mine == value[key], f"both: ndjson has the same {key}")
    ok([x["index"] for x in lines if x["type"] == kind] == list(range(len(mine))), f"both: its {key} are numbered")
ok({x["path"] for x in lines if x["type"] == "connection"} == {"tunnel.pcap"}, "both: and name their capture")

# A schema that accepts everything would prove nothing.
good = value


def refused(name, change):
    bad = copy.deepcopy(good)
    change(bad)
    ok(first_error(document, bad) is not None, "refused: " + name)


refused("a missing key", lambda v: v["peers"][0].pop("next"))
refused("an unknown verdict", lambda v: v["peers"][0]["verdict"].update(id="SFT-1234"))
refused("an unknown outcome", lambda v: v["peers"][0]["attempts"]["outcomes"].update({"alert": 1}))
refused("a time that is none", lambda v: v["sources"][0].update(first="2024-09-20 03:14:23"))
refused("a count below zero", lambda v: v["totals"].update(lines=-1))
refused("at risk without the prohibition", lambda v: v.update(at_risk=True))
refused("a connection without its state", lambda v: v["connections"][0].pop("state"))
refused("a state that is none", lambda v: v["connections"][0].update(state="established"))
refused("a fault that is none", lambda v: v["connections"][0]["faults"][0].update(kind="old"))
refused("a packet's time without a fraction", lambda v: v["connections"][0].update(first="2024-09-20T03:14:23Z"))
refused("half a fingerprint", lambda v: v["connections"][0]["server_chain"].append("00ff"))
refused("a capture without its packets", lambda v: v["sources"][0].pop("frames"))
refused("another schema", lambda v: v.update(schema="sftunnel-agent.analysis/2"))
# Events, which have a schema of their own.
with open(os.path.join(os.environ["SRCDIR"], "contrib/schema/event-1.schema.json"), encoding="utf-8") as f:
    events = json.load(f)
jsonschema.Draft202012Validator.check_schema(events)
event = jsonschema.Draft202012Validator(events)
TELL = os.path.join(os.environ["BUILDDIR"], "tests/unit/tell_sample")
raw = subprocess.run([TELL, "ndjson"], check=True, capture_output=True).stdout
told = [json.loads(x, object_pairs_hook=no_twins) for x in raw.splitlines()]
ok(raw.isascii() and {x["type"] for x in told} == set(events["$defs"]["event"]["properties"]["type"]["enum"]), "events: of every type")
for x in told:
    error = first_error(event, x)
    ok(error is None, f"event {x['seq']}: {x['type']} is valid", error)
listed = set(events["$defs"]["event"]["properties"]).union(*(x["properties"] for x in events["oneOf"]))
ok(set().union(*told) <= listed, "events: every member is in the schema", set().union(*told) - listed)
lines = subprocess.run([TELL, "ecs"], check=True, capture_output=True).stdout.splitlines()
ecs = [json.loads(x, object_pairs_hook=no_twins) for x in lines]
ok([x["event"]["sequence"] for x in ecs] == [x["seq"] for x in told], "ecs: has the same events")
ok(all(x["event"]["id"] == y["id"] and x["host"]["name"] == y["observer"] for x, y in zip(ecs, told) if y["observer"]), "ecs: of the same hosts")


def refused_event(name, kind, change):
    bad = copy.deepcopy(next(x for x in told if x["type"] == kind))
    change(bad)
    ok(first_error(event, bad) is not None, "refused event: " + name)


refused_event("without a number", "attempt", lambda v: v.pop("seq"))
refused_event("without an address", "source", lambda v: v.pop("address"))
refused_event("an attempt without its end", "attempt", lambda v: v.pop("last"))
refused_event("an unknown outcome", "attempt", lambda v: v.update(outcome="verify_failed"))
refused_event("of no type", "alarm", lambda v: v.update(type="alert"))
refused_event("half an id", "incident", lambda v: v.update(id="0123"))
refused_event("an incident without a change", "incident", lambda v: v.pop("change"))
refused_event("a verdict without confidence", "verdict", lambda v: v["verdict"].pop("confidence"))
refused_event("a time without milliseconds", "source", lambda v: v.update(at="2024-09-20T03:14:23Z"))
refused_event("an alarm of nobody", "alarm", lambda v: v.pop("peers"))
ok(first_error(event, {**told[0], "added_later": 1}) is None, "accepted event: a member that was added later")

extra = copy.deepcopy(good)
extra["added_later"] = extra["peers"][0]["added_later"] = extra["connections"][0]["added_later"] = 1
ok(first_error(document, extra) is None, "accepted: keys that were added later")
print(f"1..{number}")
sys.exit(1 if failed else 0)
