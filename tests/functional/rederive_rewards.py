#!/usr/bin/env python3
"""Derives every reward anew from the blocks in a log, sharing nothing with Horae's own code.

usage: horae-replay log --json | rederive_rewards.py STATE    (of horae-replay state --json)
From who sealed which block, the epoch length and what LockingPool did come epochs (where members
take turns, whose they are: by their powers, the blocks made, and who is passed over), blocks by
sequencer, the lines of each batch and every sequencer's reward; the log must say the same. Ends
with 1 at the first difference and names it, else prints how much was compared.
"""
import json
import sys
from collections import Counter, defaultdict

ACTIVE, GONE, LEAVING = 2, 3, {"unlockInitiated": 1, "unlocked": 3}  # contract's statuses
seq, compared, distributed = 0, Counter(), {}  # of LockingPool, by batch


def same(what, log, derived):
    compared[what] += 1
    if log != derived:
        sys.exit(f"record {seq}: {what}: the log says {log}, derived is {derived}")


class Pool:  # LockingPool from its events, as far as rewards need it
    def __init__(self, opened):
        rate, batch = opened["rewardPerBlock"], opened["curBatchState"]
        self.opened, self.events, self.sequencers = opened, [], {}  # by id
        self.rate, self.batch, self.end = int(rate), int(batch["id"]), int(batch["endEpoch"])

    def take(self, kind, fact):
        self.events.append((kind, fact))
        one = self.sequencers.get(fact.get("sequencerId"))
        if kind == "locked":
            self.sequencers[fact["sequencerId"]] = {
                "signer": fact["signer"], "status": ACTIVE, "reward": 0}
        elif kind == "signerChanged":
            one["signer"] = fact["newSigner"]
        elif kind == "relocked":
            one["reward"] -= int(fact["fromReward"])
        elif kind == "rewardsClaimed":
            same("claims", int(fact["amount"]), one["reward"])
            one["reward"] = 0
        elif kind in LEAVING:
            one["status"] = LEAVING[kind]
        elif kind == "rewardPerBlockUpdated":
            self.rate = int(fact["value"])
        elif kind == "rewardDistributed":
            total = sum(int(c["blocks"]) for c in fact["credits"]) * self.rate
            same("batches of LockingPool",
                 [int(fact[x]) for x in ("batchId", "startEpoch", "rpb", "amount")],
                 [self.batch + 1, self.end + 1, self.rate, total])
            distributed[fact["batchId"]] = fact
            self.batch, self.end = int(fact["batchId"]), int(fact["endEpoch"])
            for credit in fact["credits"]:
                same("its credits", int(credit["amount"]), int(credit["blocks"]) * self.rate)
                self.sequencers[credit["sequencerId"]]["reward"] += int(credit["amount"])


pool, latest = None, {}  # the last fact of each kind
epoch, last, owner = 0, 0, None  # the running one, its last block, and whose it is
allotted, produced, blocks = defaultdict(Counter), defaultdict(Counter), defaultdict(list)
compositions = defaultdict(list)  # by batch: the lines of each, by id
credits, gains = {}, {}  # of turns, by id; and what a block of the epoch gives each
by_faults, by_stalls = {}, {}  # who is passed over, up to which epoch
gone = None  # whose turn was just taken or given away
head, pending, earned = 0, [], 0  # the last block; those not attested yet; the last epoch that is paid for


def turn(fact):
    """An epoch where members take turns; its shares are taken as they are."""
    global epoch, last, owner, gains, credits, gone
    length = latest["epochLengthSet"]["blocks"]
    powers = {s["sequencerId"]: int(s["power"]) for s in fact["shares"]}
    credits = {i: credits.get(i, 0) for i in powers}
    now = {gone} - {None}
    stalls = now | {i for i, until in by_stalls.items() if until > epoch}
    faults = stalls | {i for i, until in by_faults.items() if until > epoch}
    over = next(o for o in (faults, stalls, now, set()) if set(powers) - o)
    gains = {i: power for i, power in powers.items() if i not in over}
    who = min(gains, key=lambda i: (-credits[i] - gains[i] * length, int(i)))
    same("turns", [fact["number"], fact["startBlock"], fact["endBlock"], fact["sequencerId"],
                   {s["sequencerId"] for s in fact["shares"] if s["passedOver"]}],
         [epoch + 1, head + 1, head + length, who, over & set(powers)])
    epoch, last, owner, gone = fact["number"], fact["endBlock"], fact["sequencerId"], None


def sealed(header):
    global epoch, last, owner, head
    number, signer = header["number"], header["sequencer"]
    head = number
    who = next((i for i, s in pool.sequencers.items() if s["signer"] == signer), None)
    same("blocks", who and pool.sequencers[who]["status"], ACTIVE)
    if "turnsSet" in latest:
        same("blocks of a turn", [header["epoch"], who, number <= last], [epoch, owner, True])
        for i in gains:
            credits[i] = credits.get(i, 0) + gains[i]
        if owner in gains:
            credits[owner] -= sum(gains.values())
    elif "epochLengthSet" in latest and (epoch == 0 or number > last or who != owner):
        epoch, last, owner = epoch + 1, number + latest["epochLengthSet"]["blocks"] - 1, who
        same("epochs", [latest["epochStarted"][x] for x in ("number", "endBlock", "sequencerId")],
             [epoch, last, who])
    if latest.get("attestationSet", {}).get("revocable"):
        pending.append((number, epoch, owner, who, dict(gains)))
    else:
        earn(number, epoch, owner or who, who)


def earn(number, of_epoch, allottee, who):
    global earned
    earned = of_epoch
    if "rewardsOpened" in latest:
        allotted[of_epoch][allottee] += 1
        produced[of_epoch][who] += 1
        blocks[of_epoch].append(number)


def attested(number):
    while pending and pending[0][0] <= number:
        earn(*pending.pop(0)[:4])


def revoked(fact):
    """Nobody is paid for these blocks, and what they cost in turns is given back."""
    global head
    same("blocks revoked", [fact["number"], fact["last"]], [pending[0][0], pending[-1][0]])
    head = fact["number"] - 1
    for _, _, maker, _, gained in pending:
        if maker in gained and maker in credits:
            credits[maker] += sum(gained.values())
        for i in gained:
            if i in credits:
                credits[i] -= gained[i]
    pending.clear()


def between(first, end):
    """Per id: blocks allotted, produced and that count; and the numbers of all blocks."""
    epochs = [e for e in blocks if first <= e <= end]
    a, p = (sum((each[e] for e in epochs), Counter()) for each in (allotted, produced))
    that_count = a if latest["rewardsOpened"]["counting"] == "allotted" else p
    numbers = sorted(n for e in epochs for n in blocks[e])
    return {i: (a[i], p[i], that_count[i]) for i in a | p}, numbers


def closed(fact):
    counts, numbers = between(pool.end + 1, earned - 1)
    lines = {}
    for who in sorted(counts, key=int):
        one, count = pool.sequencers.get(who), counts[who]
        out = ("unknown" if not one else "retired" if one["status"] == GONE
               else "nothingCounted" if count[2] == 0 else "no")
        lines[who] = (*count, out, one["signer"] if one else "0x" + 40 * "0",
                      count[2] * pool.rate if out == "no" else 0)
    compositions[fact["batchId"]].append(lines)
    same("reward batches composed",
         [int(fact[x]) for x in ("batchId", "composition", "startEpoch", "endEpoch", "firstBlock",
                                 "lastBlock", "rewardPerBlock", "total")],
         [pool.batch + 1, len(compositions[fact["batchId"]]), pool.end + 1, earned - 1, numbers[0],
          numbers[-1], pool.rate, sum(line[5] for line in lines.values())])
    same("their lines", [(line["sequencerId"], line["allotted"], line["produced"], line["blocks"],
                          line["leftOut"], line["signer"], int(line["amount"]))
                         for line in fact["lines"]], [(who, *line) for who, line in lines.items()])


def paid(fact, batch):
    parts = defaultdict(lambda: [0, 0, 0, 0])  # blocks and amount as paid, as derived
    if fact["composition"]:
        for who, line in compositions[fact["batchId"]][fact["composition"] - 1].items():
            parts[who][2:] = line[2], line[2] * int(batch["rpb"]) if line[3] == "no" else 0
    else:
        for who, count in between(int(batch["startEpoch"]), int(batch["endEpoch"]))[0].items():
            parts[who][2:] = count[2], count[2] * int(batch["rpb"])
    for credit in batch["credits"]:
        parts[credit["sequencerId"]][0] += int(credit["blocks"])
        parts[credit["sequencerId"]][1] += int(credit["amount"])
    same("reward batches paid", (fact["position"], fact["agrees"], fact["amount"]),
         (batch["position"], all(x[1] == x[3] for x in parts.values()), batch["amount"]))
    same("parts paid", [[line["sequencerId"]] + [int(line[x]) for x in (
        "paidBlocks", "paidAmount", "computedBlocks", "computedAmount")] for line in fact["lines"]],
         [[who, *parts[who]] for who in sorted(parts, key=int)])


for text in sys.stdin:
    record = json.loads(text)
    seq, kind, fact = record["seq"], record["kind"], record["fact"]
    latest[kind] = fact
    if kind == "blockSealed":
        sealed(fact["header"])
    elif kind == "epochStarted" and fact["shares"]:
        turn(fact)
    elif kind == "leaderReplaced":
        by_stalls = {i: until + 1 for i, until in by_stalls.items() if until >= fact["epoch"]}
        by_stalls[fact["sequencerId"]] = fact["untilEpoch"]
        gone = owner if owner in by_stalls else None
    elif kind == "blocksAttested":
        attested(fact["number"])
    elif kind == "blocksRevoked":
        revoked(fact)
    elif kind == "turnYielded":
        gone = owner
    elif kind == "consequenceDrawn" and fact["kind"] == "skipped":
        by_faults[fact["sequencerId"]] = fact["untilEpoch"]
    elif kind == "periodClosed":
        closed(fact)
    elif kind == "batchPaid":
        paid(fact, distributed[fact["batchId"]])
    elif kind == "poolOpened":
        pool = Pool(fact)
    elif kind == "l1Reverted":
        before, pool, counted = pool, Pool(pool.opened), compared.copy()
        for event in before.events:
            if event[1]["position"]["block"] <= fact["to"]["number"]:
                pool.take(*event)
        compared = counted  # what was compared before is not counted again
    elif record["domain"] == "locking" and "position" in fact and kind != "discrepancyFound":
        pool.take(kind, fact)
same("sequencers at the end", [(s["id"], s["signer"], s["status"], s["reward"])
                               for s in json.load(open(sys.argv[1]))["locking"]["sequencers"]],
     [(i, s["signer"], s["status"], str(s["reward"])) for i, s in pool.sequencers.items()])
print(json.dumps(compared))
