// SIGTERM ends a node in order whatever hangs: its engine, its L1, who reads its stderr; while it
// runs, and while it starts.
import { execFileSync, spawn } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { bin, check, end_node, equal, Network, ok, rpc, run_node, start_horae, test, transfer, until }
  from "./network.mjs";

/** A pipe that is full and that nobody reads: a descriptor for somebody's stderr. */
function full_pipe(home) {
  const file = join(home, "full");
  execFileSync("mkfifo", [file]);
  const filler = openSync(file, constants.O_RDWR | constants.O_NONBLOCK);
  for (const size of [65536, 4096, 1]) {
    try {
      for (;;) writeSync(filler, Buffer.alloc(size, "x"));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
  return { writer: openSync(file, constants.O_WRONLY), close: () => closeSync(filler) };
}

await test(async () => {
  const network = await Network.start({ args: ["--without-node"] });
  const { datadir } = network;
  const settings = join(datadir, "horae.toml");
  const [l1, engine] = JSON.parse(readFileSync(join(datadir, "l1", "children.json"), "utf8"))
    .map(({ pid }) => pid);
  const go_on = () => {
    for (const pid of [l1, engine]) process.kill(pid, "SIGCONT");
  };
  process.on("exit", () => { try { go_on(); } catch { /* it has ended */ } });
  const account = network.wallets[1].address;
  const meets = (program) => until("the start to come to the engine and L1", () =>
    program.end ? Promise.reject(new Error(program.said)) : /replaying the log/.test(program.said));

  let node = await run_node(settings);
  const raw = await transfer(network.wallets[1], 0);
  process.kill(engine, "SIGSTOP");
  const asked = [["eth_getBalance", account, "latest"], ["eth_sendRawTransaction", raw]].map(
    ([method, ...params]) => fetch(node.url, { method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }) })
      .then((answer) => answer.json()));
  const [, ops] = /the ops port is open: (http:\S+)/.exec(node.said);
  const metrics = async () => (await fetch(`${ops}/metrics`)).text();
  await until("both to be under way", async () =>
    /^horae_admissions_in_flight 1$/m.test(await metrics()));
  await end_node(node);
  const answers = await Promise.all(asked);
  check(answers.every(({ error }) => error), "with a silent engine: whoever waits is told", answers);

  node = start_horae("run", "--config", settings);
  await meets(node);
  await end_node(node);
  check(!/ERROR/.test(node.said), "a start that waits for the engine ends in order", node.said);

  go_on();
  process.kill(l1, "SIGSTOP");
  node = start_horae("run", "--config", settings);
  await meets(node);
  await end_node(node);
  check(!/ERROR/.test(node.said), "and so does one that waits for L1", node.said);

  go_on();
  node = await run_node(settings);
  // One that has not read L1 to its head makes no blocks.
  await until("L1 to be read", () => /L1 is followed at its head/.test(node.said));
  process.kill(l1, "SIGSTOP");
  const sent = await rpc(node.url, "eth_sendRawTransaction", raw);
  await until("the receipt", () => rpc(node.url, "eth_getTransactionReceipt", sent));
  await end_node(node);
  ok("a silent L1 holds nobody up");
  go_on();

  const pipe = full_pipe(datadir);
  const mute = spawn(join(bin, "horae"), ["run", "--config", settings],
                     { stdio: ["ignore", "ignore", pipe.writer] });
  const ended = new Promise((resolve) => mute.once("exit", (...how) => resolve(how)));
  await until("a node that nobody listens to", async () => {
    try {
      return (await fetch(`${network.dev.ops}/readyz`)).status === 200;
    } catch {
      return false;
    }
  });
  mute.kill("SIGTERM");
  equal(await ended, [0, null], "nor does a full pipe behind stderr");
  pipe.close();
  await network.stop();
});
