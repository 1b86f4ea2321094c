// A pool of four, each with an L1 endpoint of its own: one that lies, lags, is slow or gone stops nobody
// and is believed by nobody; with two that lag nothing is agreed on, and it goes on with them; what L1
// takes back is taken back at all.
import { Contract, JsonRpcProvider, NonceManager } from "ethers";
import { load_artefact } from "./artefacts.mjs";
import { L1Proxy } from "./l1_proxy.mjs";
import {
  at_each, begin_member, end_members, kill_members, logs_agree, need_cometbft, of_power, pool_of, status_of,
} from "./member_nodes.mjs";
import { check, Network, ok, replay, rpc, test, until } from "./network.mjs";

need_cometbft();

const word = (number) => number.toString(16).padStart(64, "0");

await test(async () => {
  const network = await Network.start({
    args: ["--nodes", "4", "--without-node", "--no-governance"] });
  const { nodes } = network.dev;
  // The dev network starts all but the leader itself, at L1 without a proxy.
  await kill_members(network, nodes.slice(1));
  for (const node of nodes) node.proxy = await L1Proxy.start(network.l1);
  await Promise.all(nodes.map((node) => begin_member(node, "--l1-endpoint", node.proxy.url)));
  const [, , third, fourth] = nodes.map(({ proxy }) => proxy);
  await at_each(nodes, "all to be of power by L1", of_power);

  const l1 = new JsonRpcProvider(network.l1, undefined, { cacheTimeout: -1, pollingInterval: 100 });
  const governance = new NonceManager(network.wallets[0].connect(l1));
  const pool = new Contract(network.dev.contracts.lockingPool, load_artefact("LockingPool").abi,
                            governance);
  /** In a block at once; heads are agreed on at each second block. */
  const set_reward = async (value) => {
    const sent = await pool.updateBlockReward(value);
    await rpc(network.l1, "anvil_mine", 2);
    return sent.wait(1, 60_000);
  };
  /** What is agreed on, as the leader tells its users. */
  const reward_is = (value) => until(`a reward of ${value} a block`, async () =>
    (await network.rpc("horae_sequencers")).parameters.rewardPerBlock === String(value),
                                     { every_ms: 100 });
  const block = async () => Number(await rpc(network.l1, "eth_blockNumber"));
  const differing = ({ members: seen }) => seen.filter((each) => each.differing > 0)
    .map(({ address }) => address);

  // One shows another sum in an event and in the contract, and blocks of another second.
  fourth.alter = (body) => body.replaceAll(word(424242), word(424243))
    .replace(/"timestamp":"0x([0-9a-f]+)"/g,
             (_, second) => `"timestamp":"0x${(Number(`0x${second}`) + 1).toString(16)}"`);
  await set_reward(424242);
  await reward_is(424242);
  ok("what three of four see on L1 is agreed on, whatever the fourth says");
  await at_each(nodes, "the liar to be named", (seen) =>
    differing(seen).join() === nodes[3].sequencer.address);
  ok("each node names the one that differs");
  fourth.be_honest();
  await at_each(nodes, "nobody to differ", (seen) => differing(seen).length === 0);
  ok("until it does so no more");

  // Each trouble alone.
  for (const [what, begin, end] of [
    ["is ten blocks behind", () => { fourth.behind = 10; }, () => fourth.be_honest()],
    ["answers slowly", () => { fourth.slow_ms = 700; }, () => fourth.be_honest()],
    ["hides events", () => { fourth.hides = true; }, () => fourth.be_honest()],
    ["is gone", () => fourth.die(), () => fourth.revive()]]) {
    await begin();
    const value = 430000 + what.length;
    await set_reward(value);
    await reward_is(value);
    ok(`with one endpoint that ${what} it goes on`);
    await end();
  }

  // Two at once.
  await third.stand_still();
  await fourth.stand_still();
  const { blockNumber: unseen } = await set_reward(555555);
  await rpc(network.l1, "anvil_mine", 4);
  const since = await block();
  await until("L1 to go on", async () => await block() >= since + 3, { every_ms: 200 });
  check(await block() >= unseen + 6, "L1 is well past it");
  for (const node of nodes) {
    const { l1: seen } = await status_of(node);
    check(seen.confirmed < unseen, "with two that are behind, nothing is agreed on that they do not see",
          [seen, third.head, fourth.head]);
  }
  third.be_honest();
  await reward_is(555555);
  fourth.be_honest();
  ok("and with one of them again it goes on");

  // L1 takes a change back, while one endpoint is behind and sees nothing of that branch.
  await fourth.stand_still();
  const { blockNumber } = await set_reward(666666);
  await reward_is(666666);
  // Two more than there are since: L1 may get blocks until it is done.
  await rpc(network.l1, "anvil_reorg", await block() - blockNumber + 3, []);
  await reward_is(555555);
  fourth.be_honest();
  governance.reset();
  await set_reward(777777);
  await reward_is(777777);
  ok("what L1 took back is taken back, and the new branch is followed");
  const agreed = (await pool_of(nodes[0])).height;
  await at_each(nodes, "all to be there, and of one word", (seen) =>
    seen.height >= agreed && differing(seen).length === 0);
  l1.destroy();

  await end_members(nodes);
  await network.stop();
  await logs_agree(nodes);
  for (const { datadir } of nodes) {
    check((await replay(datadir, "log", "--domain", "locking")).some(
      ({ kind }) => kind === "l1Reverted"), "each log tells what was taken back");
  }
});
