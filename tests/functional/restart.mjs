// Stop and start: both chains go on where they were, and an L1 that comes back from an older dump
// is a reorganisation like any other.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Contract, JsonRpcProvider, NonceManager } from "ethers";
import { load_artefact } from "./artefacts.mjs";
import {
  check, equal, ETHER, Exit, Network, none_left, ok, replay, rpc, test, transfer, until,
} from "./network.mjs";

/** Both chains up to their heads, and the balances there. */
async function chains(network, heads) {
  const out = {};
  for (const [name, url] of [["l1", network.l1], ["l2", network.l2]]) {
    const head = heads?.[name].head ?? Number(await rpc(url, "eth_blockNumber"));
    const hashes = [];
    for (let n = 0; n <= head; ++n) {
      hashes.push((await rpc(url, "eth_getBlockByNumber", `0x${n.toString(16)}`, false)).hash);
    }
    out[name] = { head, hashes };
  }
  return out;
}
const balances = async (network) => Promise.all(network.dev.accounts.flatMap(({ address }) => [
  rpc(network.l1, "eth_getBalance", address, "latest"),
  rpc(network.l2, "eth_getBalance", address, "latest")]));

const dumps = (datadir) =>
  readdirSync(join(datadir, "l1")).filter((name) => name.startsWith("state-")).sort();

await test(async () => {
  let network = await Network.start();
  const { datadir } = network;
  const send = async (nonce) => network.receipt(await network.rpc(
    "eth_sendRawTransaction", await transfer(network.wallets[1], nonce, { value: ETHER })));
  for (const nonce of [0, 1]) await send(nonce);

  let nonce = 2;
  for (const signal of ["SIGINT", "SIGTERM"]) {
    const before = await chains(network);
    const held = await balances(network);
    await network.stop(signal);
    ok(`${signal} ends it with 0, and no child is left`);
    check(!existsSync(join(datadir, "dev.json")), "dev.json is gone");
    check(dumps(datadir).length <= 2, "at most two dumps of the L1 are kept", dumps(datadir));
    network = await Network.start({ datadir });
    equal(await chains(network, before), before,
          `both chains are there again, block by block: L1 to ${before.l1.head}, L2 to `
          + before.l2.head);
    equal(await balances(network), held, "with every balance");
    const { blockNumber } = await send(nonce++);
    equal(Number(blockNumber), before.l2.head + 1, "L2 goes on with the next block");
    await until("a new L1 block", async () =>
      Number(await rpc(network.l1, "eth_blockNumber")) > before.l1.head);
    ok("L1 goes on, too");
  }

  // Something happens on L1, is dumped at the stop, and that dump is lost.
  const l1 = new JsonRpcProvider(network.l1, undefined, { cacheTimeout: -1, pollingInterval: 100 });
  const pool = new Contract(network.dev.contracts.lockingPool,
                            load_artefact("LockingPool").abi, l1);
  const change = async (provider) => (await (await pool
    .connect(new NonceManager(network.wallets[0].connect(provider)))
    .updateBlockReward(424242n)).wait(1, 60_000)).blockNumber;
  const rewards = async () =>
    (await network.rpc("horae_sequencers")).parameters.rewardPerBlock;
  const usual = await rewards();
  await change(l1);
  await until("the new reward per block", async () => await rewards() === "424242");
  l1.destroy();
  await network.stop();
  network = await Network.start({ datadir });
  equal(await rewards(), "424242", "what happened on L1 is there after a restart");
  await network.kill();
  const newest = dumps(datadir).at(-1);
  rmSync(join(datadir, "l1", newest));
  network = await Network.start({ datadir });
  await until("the change of L1 to be taken back", async () => await rewards() === usual);
  ok("an L1 that comes back from an older dump is a reorganisation");
  await send(nonce++);
  ok("blocks are produced all the same");
  const again = new JsonRpcProvider(network.l1, undefined,
                                    { cacheTimeout: -1, pollingInterval: 100 });
  const pool_again = pool.connect(new NonceManager(network.wallets[0].connect(again)));
  await (await pool_again.updateBlockReward(515151n)).wait(1, 60_000);
  await until("the L1 followed again", async () => await rewards() === "515151");
  ok("and the node follows it");
  again.destroy();
  const status = await network.status();
  equal([status.l1.state, status.discrepancies], ["following", 0], "without an alarm");

  // A chain that dies takes the node with it, and is no worse for it.
  for (const [place, name] of ["L1's anvil", "L2 engine"].entries()) {
    const children = network.children.map(({ pid }) => pid).sort((a, b) => a - b);
    process.kill(children[place], "SIGKILL");
    equal(await network.program.wait(), { code: Exit.unreachable, signal: null },
          `where the ${name} ends, the node ends with 7`);
    check(network.program.said.includes(`the ${name} has ended`), "and says why");
    await none_left(network.children);
    network = await Network.start({ datadir });
    await send(nonce++);
  }
  await network.stop();
  const log = await replay(datadir, "log", "--domain", "locking");
  check(log.some(({ kind }) => kind === "l1Reverted"), "the log tells of it");
  check((await replay(datadir, "verify")).ok, "and verifies");
});
