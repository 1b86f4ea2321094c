// The inspector on a live node, and what it must not do.
import { check, equal, Exit, inspect, make_home, Network, replay, test, until }
  from "./network.mjs";

await test(async () => {
  const nobody = await inspect(make_home());
  equal([nobody.code, nobody.out], [Exit.unreachable, ""], "where no node runs it ends with 7");
  check(/no node|not running|nobody/i.test(nobody.said), "and says so", nobody.said);

  const network = await Network.start({ args: ["--traffic", "20"] });
  const busy = await until("a few blocks", async () => {
    const status = await network.status();
    return status.block >= 3 && status;
  });
  const taken = await inspect(network.datadir);
  equal(taken.code, 0, "a snapshot of a running node");
  const shot = JSON.parse(taken.out);
  const type = (value) => value === null ? "null" : typeof value;
  const shape = (object) => Object.keys(object).sort();
  equal(shape(shot), ["actors", "condition", "edges", "engine", "journal", "l1", "lints", "node",
                      "production", "readers", "room", "time", "verification"],
        "its parts");
  const names = shot.actors.map(({ name }) => name);
  for (const name of ["journal", "sequence", "world", "mempool", "block producer", "L1 listener"]) {
    if (!names.includes(name)) throw new Error(`no actor ${name} among ${names}`);
  }
  for (const actor of shot.actors) {
    const types = Object.fromEntries(Object.entries(actor).map(([k, v]) => [k, type(v)]));
    const wanted = { name: "string", state: "string", mailboxDepth: "number", messages: "number",
                     facts: "number", rate: "number", busyShare: "number", windowMs: "number" };
    for (const [field, kind] of Object.entries(wanted)) {
      if (types[field] !== kind) throw new Error(`${actor.name}.${field}: ${types[field]}`);
    }
    if (!("lastMessage" in actor)) throw new Error(`${actor.name} has no last message`);
  }
  check(shot.actors.find(({ name }) => name === "mempool").facts > 0,
        "each actor's state, mailbox, messages, facts, rate, busy share and last message");
  const mempool = shot.actors.find(({ name }) => name === "mempool");
  const { p50, p99, p50SinceStart, p99SinceStart } = mempool.latencyNs;
  check(p50 > 0 && p99 >= p50 && p50SinceStart > 0 && p99SinceStart >= p50SinceStart,
        "how long its handlers take", mempool.latencyNs);
  const edge = shot.edges.find(({ from, to }) => from === "mempool" && to === "journal");
  check(edge?.messages > 0 && edge.rate > 0, "who sends how much to whom", shot.edges);
  const unknown = shot.edges.filter(({ from, to }) =>
    !names.includes(to) || !["outside", ...names].includes(from));
  equal(unknown, [], "and every end of an edge is an actor or outside");
  check(shot.condition.state !== "starting" && shot.condition.words.length > 0,
        "what the node is doing", shot.condition);
  check(shot.journal.seq >= busy.seq && shot.journal.commits > 0 && shot.journal.largestBatch > 0
        && shot.journal.meanCommitUs > 0
        && shot.journal.slowestCommitUs >= shot.journal.lastCommitUs,
        "the journal's head, batch sizes and commit times", shot.journal);
  check(shot.engine.head >= busy.block && shot.l1.head > 0 && shot.l1.confirmed > 0,
        "the heads of engine and L1", [shot.engine, shot.l1]);
  equal([shot.node.pid, shot.production.state], [network.program.pid, "producing"],
        "the node and what it does");

  check(shot.room.state !== "starting" && shot.room.usedBytes > 0
        && shot.room.mapBytes > shot.room.usedBytes && shot.room.diskFreeBytes > 0,
        "how much room the log has", shot.room);

  const heard = await inspect(network.datadir, "--messages", "mempool", "--count", "5");
  equal(heard.code, 0, "an actor's messages, as they come");
  const messages = heard.out.trim().split("\n").map((line) => JSON.parse(line));
  equal(messages.length, 5, "as many as were asked for");
  const submit = messages.find(({ content }) => content?.submit);
  check(/^door \d$/.test(submit?.from) && submit.kind === "MempoolCommand"
        && /^0x[0-9a-f]{64}$/.test(submit.content.submit.txn.hash),
        "each with its sender and its decoded command", messages[0]);
  const twice = await inspect(network.datadir, "--watch", "--count", "2");
  const seen = twice.out.trim().split("\n").map((line) => JSON.parse(line).time);
  check(seen.length === 2 && seen[1] > seen[0], "a snapshot a second");

  // A hundred attachments and more, a few at a time, over two blocks of the traffic.
  const from = shot.journal.seq;
  let done = 0;
  let over = false;
  const attach = async () => {
    while (!over || done < 100) {
      done += 1;
      const { code, out, said } = await inspect(network.datadir);
      if (code !== 0 || !JSON.parse(out).actors.length) throw new Error(`inspect: ${code} ${said}`);
    }
  };
  const two_blocks = async () => {
    await until("two blocks", async () => (await network.status()).block >= busy.block + 2);
    over = true;
  };
  await Promise.all([attach(), attach(), attach(), two_blocks()]);
  check(done >= 100, "100 attachments while blocks are produced");
  await network.stop();

  const log = await replay(network.datadir, "log", "--from", String(from));
  const kinds = new Set(log.map(({ domain, kind }) => `${domain}.${kind}`));
  // On a busy machine a block may be late.
  const own = ["mempool.txnAdmitted", "mempool.txnsIncluded", "blocks.blockSealed",
               "blocks.epochStarted", "rewards.blockCredited", "locking.l1Advanced",
               "penalties.observed"];
  equal([...kinds].filter((kind) => !own.includes(kind)), [],
        "the log has only the traffic's own facts");
  const keys = ["cause", "domain", "fact", "hash", "kind", "seq", "time"];
  equal(shape(log[0]), keys, "each with seq, time, cause, domain, kind, hash and fact");
  check((await replay(network.datadir, "verify")).ok, "and verifies");
  const gone = await inspect(network.datadir);
  equal(gone.code, Exit.unreachable, "after the stop there is no node to inspect");
});
