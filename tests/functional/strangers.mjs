// What strangers can do to a node: hold places in its pool, and keep its doors busy. Neither lasts,
// nor does what makes blocks or follows L1 wait for it.
import http from "node:http";
import { Exit, Network, check, equal, ok, replay, rpc, test, transfer, try_replay, until }
  from "./network.mjs";
import { records } from "./pool.mjs";

process.env.HORAE_LIMITS_POOL_GAP_LIFETIME_S = "2";
const connections = 64, calls = 1000, blocks = 6;

await test(async () => {
  let network = await Network.start({ args: ["--no-governance"] });
  const { datadir } = network;
  const user = network.wallets[1], stranger = network.wallets[4];
  let nonce = 0;
  // Whoever is told that the node is busy tries again.
  const block = async () => {
    const raw = await transfer(user, nonce++);
    const hash = await until("a place for a transaction", async () => {
      const { result, error } = await network.ask("eth_sendRawTransaction", raw);
      if (error && error.data?.reason !== "busy") throw new Error(JSON.stringify(error));
      return result;
    });
    return network.receipt(hash);
  };

  const gapped = await network.rpc("eth_sendRawTransaction", await transfer(stranger, 5));
  await block();
  await network.stop();
  network = await Network.start({ datadir, args: ["--no-governance"] });
  equal((await network.rpc("horae_transaction", gapped)).status, "pending",
        "what lacks a nonce before it waits, also behind a restart");
  const fate = await until("the end of what lacks a nonce", async () => {
    await block();
    const told = await network.rpc("horae_transaction", gapped);
    return told.status === "dropped" && told;
  });
  equal([fate.reason, fate.detail],
        ["expired", "a nonce before it was missing for 2 s: the sender's next was 0"],
        "but not for ever, and its fate is told");

  // Recovered, looked up and refused, a thousand at a time, without end.
  const spent = await transfer(user, 0);
  const body = JSON.stringify(Array.from({ length: calls }, (_, id) => (
    { jsonrpc: "2.0", id, method: "eth_sendRawTransaction", params: [spent] })));
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const post = () => new Promise((resolve, reject) => {
    const request = http.request(network.l2, { method: "POST", agent, headers: {
      "content-type": "application/json", "content-length": body.length } }, (answer) => {
      answer.resume();
      answer.on("end", resolve);
      answer.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
  const before = (await records(datadir)).at(-1).seq;
  let on = true, batches = 0;
  const load = Promise.all(Array.from({ length: connections }, async () => {
    for (; on; ++batches) await post();
  }));
  const l1_before = Number(await rpc(network.l1, "eth_blockNumber"));
  for (let i = 0; i < blocks; ++i) await block();
  await until("some load", () => batches >= connections);
  const l1_now = await until("L1 to go on", async () => {
    const head = Number(await rpc(network.l1, "eth_blockNumber"));
    return head > l1_before && head;
  });
  const metrics = async () => (await fetch(`${network.dev.ops}/metrics`)).text();
  await until("the node to have read that L1 block", async () =>
    Number(/^horae_l1_next_number (\d+)/m.exec(await metrics())?.[1]) > l1_now);
  on = false;
  await load;
  agent.destroy();
  ok(`${batches} batches of ${calls} on ${connections} connections were answered beside ${blocks} `
     + "blocks and L1");
  const observed = (await records(datadir, before)).filter(({ kind }) => kind === "observed")
    .map(({ fact }) => `${fact.kind} ${fact.detail}`);
  equal(observed, [], "and no block was late, no slot missed, nobody waited too long");
  await network.stop();
  equal((await try_replay(datadir, "verify")).code, Exit.ok, "the log verifies");
  check((await replay(datadir, "state")).mempool !== undefined, "and replays");
});
