// What an operator's tools see of a node from outside: probes, metrics, `horae status` and `wait`,
// from before the log is replayed until after a kill -9.
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Wallet } from "ethers";
import {
  check, children_of, equal, Exit, horae, make_home, none_left, ok, root, rpc, run, start_horae,
  test, transfer, until,
} from "./network.mjs";
import { promtool } from "./promtool.mjs";

const rules_file = join(root, "deploy", "prometheus", "rules.yml");

const get = async (url) => {
  const answer = await fetch(url);
  return { status: answer.status, body: await answer.text() };
};

const status = async (...args) => {
  const { code, out } = await horae("status", "--json", ...args);
  return { code, ...JSON.parse(out) };
};

const sample = (text, name) => {
  const found = text.split("\n").find((line) => line.startsWith(`${name} `));
  if (!found) throw new Error(`no sample ${name} in:\n${text}`);
  return Number(found.slice(found.lastIndexOf(" ") + 1));
};

/** A node from its first moment on: `horae dev`, and the ops port as it names it. */
async function begin(datadir) {
  const program = start_horae("dev", "--datadir", datadir, "--l1-port", "0", "--l2-port", "0");
  const file = join(datadir, "ops.json");
  const ops = await until("ops.json", () => {
    if (program.end) throw new Error(program.said);
    const told = existsSync(file) && JSON.parse(readFileSync(file, "utf8"));
    return told?.pid === program.pid && told;
  });
  return { program, url: ops.url, file };
}

await test(async () => {
  const datadir = join(make_home(), "data");
  const at = ["--datadir", datadir];
  equal((await status(...at)).code, Exit.not_ready, "where there is no directory, no node is ready");

  const waiting = start_horae("wait", "--for", "ready", ...at, "--timeout", "120");
  await until("wait to say that there is nothing", () =>
    /there is no directory .*; waiting for one up to 120 s/.test(waiting.said));
  const { program, url, file } = await begin(datadir);
  equal(statSync(file).mode & 0o777, 0o600, "a start tells its ops port to its owner");
  // The chains take a second or more to come up.
  equal((await get(`${url}/livez`)).status, 200, "a node that starts is alive");
  const not_yet = await get(`${url}/readyz`);
  equal([not_yet.status, /^\[-\]log failed: /m.test(not_yet.body)], [503, true],
        "and not ready, for a reason");
  const early = await status(...at);
  equal([early.code, early.ready, early.node.command], [Exit.not_ready, false, "dev"],
        "status says so, too");
  equal([(await waiting.wait()).code, waiting.said.split("\n").length], [Exit.ok, 2],
        "wait --for ready began before the node, said so once, and ends when it is ready");
  equal(await get(`${url}/readyz`), { status: 200, body: "ok\n" }, "then /readyz is ok");
  const verbose = await get(`${url}/readyz?verbose`);
  for (const name of ["log", "l1", "engine", "rpc", "room", "journal", "actors"]) {
    if (!verbose.body.includes(`[+]${name} ok: `)) throw new Error(`${name} in ${verbose.body}`);
  }
  ok("and ?verbose names each check");
  equal((await horae("wait", "--for", "synced", ...at, "--timeout", "60")).code, Exit.ok,
        "it is synced");

  // A block, and two refusals.
  const dev = await until("dev.json", () => existsSync(join(datadir, "dev.json"))
    && JSON.parse(readFileSync(join(datadir, "dev.json"), "utf8")));
  equal(dev.ops, url, "dev.json names the ops port");
  const wallet = new Wallet(dev.accounts[1].privateKey);
  const first = await transfer(wallet, 0);
  await rpc(dev.l2.rpc, "eth_sendRawTransaction", first);
  equal((await horae("wait", "--for", "block=1", ...at)).code, Exit.ok, "wait --for block=1");
  for (const each of [1, 2]) {
    const again = await rpc(dev.l2.rpc, "eth_sendRawTransaction", await transfer(wallet, 0, { value: 7n }))
      .catch((thrown) => thrown.error);
    if (again.data?.reason !== "nonceTooLow") throw new Error(`${each}: ${JSON.stringify(again)}`);
  }

  const { status: code, body: text } = await get(`${url}/metrics`);
  equal(code, 200, "metrics");
  const families = text.split("\n").filter((line) => line.startsWith("# TYPE ")).length;
  const series = text.split("\n").filter((line) => line && !line.startsWith("#")).length;
  check(families >= 40 && series >= 40, `${families} metrics, ${series} series`);
  equal([sample(text, 'horae_mempool_refused_total{reason="nonceTooLow"}'),
         sample(text, "horae_mempool_admitted_total"), sample(text, "horae_txns_sealed_total")],
        [2, 1, 1], "count what was admitted, refused and sealed");
  check(sample(text, "horae_l2_head_number") >= 1 && sample(text, "horae_log_seq") > 0
        && sample(text, "horae_log_used_bytes") > 0 && sample(text, "horae_log_readers_max") > 0
        && sample(text, 'horae_l1_head_number{tag="confirmed"}') > 0
        && sample(text, "horae_pool_active_sequencers") === 1
        && sample(text, "horae_pool_locked_metis") >= 20_000
        && sample(text, 'horae_actor_messages_total{actor="mempool"}') > 0
        && sample(text, "horae_process_resident_memory_bytes") > 1e6
        && sample(text, "horae_log_commit_duration_seconds_count")
           === sample(text, "horae_log_commits_total")
        && sample(text, "horae_block_build_duration_seconds_count")
           === sample(text, "horae_blocks_sealed_total"),
        "and tell chain, log, L1, pool, actors, process", text);
  const tool = promtool();
  if (tool) {
    const metrics = join(make_home(), "metrics");
    writeFileSync(metrics, text);
    const judged = await run("sh", ["-c", `"$0" check metrics < "$1"`, tool, metrics]);
    equal([judged.code, judged.said], [0, ""], "promtool has nothing to say against them");
    const tried = await run(tool, ["test", "rules", rules_file.replace(".yml", "_test.yml")]);
    check(tried.code === 0, "each alert fires on what it is for, and not before", tried.said);
  }
  const rules = readFileSync(rules_file, "utf8");
  const asked_for = [...new Set(rules.match(/horae_[a-z0-9_]+/g))];
  equal(asked_for.filter((name) => !new RegExp(`^(# TYPE )?${name}[ {]`, "m").test(text)), [],
        `the ${asked_for.length} metrics that alerts ask for are there`);
  const runbook = readFileSync(join(root, "docs", "alerts.md"), "utf8");
  const named = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name);
  equal(named.filter((name) => !runbook.includes(`\n## ${name}\n`)
                     || !rules.includes(`docs/alerts.md#${name.toLowerCase()}\n`)), [],
        `each of ${named.length} alerts points at its section`);

  const now = await status(...at);
  equal([now.code, now.ready, now.synced, now.node.pid, now.node.command],
        [Exit.ok, true, true, program.pid, "dev"], "status --json of a node that is ready ends with 0");
  const told = await rpc(dev.l2.rpc, "horae_status");
  check(["idle", "producing"].includes(told.condition.state) && told.condition.words,
        "horae_status has the health in the same words", told.condition);
  const text_status = await horae("status", "--ops", url);
  check(text_status.code === 0 && /^state +(ready|producing)/m.test(text_status.out)
        && /^ready +yes$/m.test(text_status.out) && text_status.out.includes(datadir),
        "and for people it is a few lines", text_status.out);
  equal((await horae("status", "--config", join(datadir, "horae.toml"))).code, Exit.ok,
        "it is found by its file of settings, too");
  const nowhere = await horae("status", "--config", join(datadir, "nothing.toml"));
  equal(nowhere.code, Exit.configuration, "a file that is not there ends with 3");
  equal((await horae("wait", "--for", "block=1000000", ...at, "--timeout", "0")).code,
        Exit.not_ready, "what does not come in time ends a wait with 8");
  equal((await horae("wait", "--for", "nothing", ...at)).code, Exit.usage, "what is no goal, with 2");

  // An engine that hangs while nobody needs it.
  const engine = children_of(program.pid).find(({ pid }) =>
    readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`\0${dev.l2.chainId ?? 10880}\0`));
  process.kill(engine.pid, "SIGSTOP");
  const unwell = await until("an engine that is missed", async () => {
    const answer = await get(`${url}/readyz?verbose`);
    return answer.status === 503 && answer.body;
  });
  process.kill(engine.pid, "SIGCONT");
  check(/^\[-\]engine.*the engine does not answer/m.test(unwell), "a silent engine makes the node unready",
        unwell);
  await until("the engine's return", async () => (await get(`${url}/readyz`)).status === 200);
  ok("and it is ready again when the engine answers");

  // A wait whose node goes away. It has asked once when the port has counted it.
  const asked = async () => sample((await get(`${url}/metrics`)).body,
                                   'horae_ops_requests_total{page="status"}');
  const before = await asked();
  const left_alone = horae("wait", "--for", "block=1000000", ...at, "--timeout", "100");
  await until("the wait to ask", async () => (await asked()) > before);
  const watch = start_horae("status", "--watch", ...at);
  await until("a line", () => /^\S+ \S+ UTC {2}(ready|producing)[^\n]*\n/.test(watch.out));
  const children = children_of(program.pid);
  program.signal("SIGTERM");
  equal(await program.wait(), { code: 0, signal: null }, "the node stops in order");
  await none_left(children);
  equal((await left_alone).code, Exit.unreachable, "whoever waited for it is told with 7");
  await until("a line more", () => watch.out.includes("no node runs on "));
  check(watch.out.split("\n").length < 10, "whoever watches gets a line for each change", watch.out);
  watch.signal("SIGINT");
  await watch.wait();
  check(!existsSync(file), "its ops.json is gone");
  const stopped = await status(...at);
  equal([stopped.code, stopped.condition.state], [Exit.not_ready, "notRunning"],
        "a stopped node is not running, 8");

  // Killed: what it left does not pass for a node.
  const second = await begin(datadir);
  equal((await horae("wait", "--for", "ready", ...at, "--timeout", "120")).code, Exit.ok,
        "it starts again");
  const orphans = children_of(second.program.pid);
  second.program.signal("SIGKILL");
  await second.program.wait();
  await none_left(orphans);
  const killed = await status(...at);
  check(existsSync(second.file) && killed.code === Exit.not_ready
        && killed.condition.state === "notRunning" && killed.condition.words.includes("was killed"),
        "a killed node is not running either, and status says what happened", killed);
  // Stopped, not gone: a process that does not answer.
  const third = await begin(datadir);
  await until("ready", async () => (await get(`${third.url}/readyz`)).status === 200);
  third.program.signal("SIGSTOP");
  const silent = await status(...at);
  third.program.signal("SIGCONT");
  equal([silent.code, silent.condition.state], [Exit.unreachable, "silent"],
        "one that is there and does not answer ends status with 7");
  const last = children_of(third.program.pid);
  third.program.signal("SIGTERM");
  equal(await third.program.wait(), { code: 0, signal: null }, "and goes on afterwards");
  await none_left(last);
});
