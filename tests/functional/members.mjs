// A pool of four: the same facts at all, from L1 and from the leader's blocks; members that die and
// come back; two that are away, and nothing goes on without them; logs that verify and agree.
import { join, relative } from "node:path";
import {
  bin, check, equal, horae_replay, make_home, Network, ok, replay, run, test, transfer,
} from "./network.mjs";
import { at_each, begin_member, need_cometbft, pool_of } from "./member_nodes.mjs";

need_cometbft();

await test(async () => {
  // By a path from where one stands, as ./run gives it.
  const datadir = relative(process.cwd(), join(make_home(), "data"));
  const network = await Network.start({ args: ["--nodes", "4"], datadir });
  const { nodes } = network.dev;
  const wallets = network.wallets.slice(0, 10).filter((_, i) => i !== 1);
  equal(nodes.length, 4, "dev.json names four nodes");
  equal(nodes[0].l2.rpc, network.l2, "of which the first has an RPC for users");
  const addresses = nodes.map(({ sequencer }) => sequencer.address).sort();

  const [first] = await at_each(nodes, "all to be of power by L1", ({ members }) =>
    members.length === 4 && members.every(({ power, connected }) => power === 20_000 && connected));
  equal(first.members.map(({ address }) => address), addresses, "each is a member");
  equal([first.leader, first.mayFail], [nodes[0].sequencer.address, 1],
        "the first leads, and one may be away");

  const hash = await network.rpc("eth_sendRawTransaction", await transfer(network.wallets[1], 0));
  await network.receipt(hash);
  ok("a transaction is in a block that all have agreed on");

  // More than an input of consensus takes, at once.
  const bulky = wallets.map((wallet) => transfer(wallet, 0, {
    data: `0x${"00".repeat(120_000)}`, gasLimit: 1_300_000n }));
  const sent = [];
  for (const raw of await Promise.all(bulky)) {
    sent.push(await network.rpc("eth_sendRawTransaction", raw));
  }
  const blocks = new Set();
  for (const each of sent) blocks.add((await network.receipt(each)).blockNumber);
  check(blocks.size > 1, "what does not fit one input is in several blocks", [...blocks]);

  // A member is killed while blocks are made, and comes back.
  process.kill(nodes[3].pid, "SIGKILL");
  await network.receipt(await network.rpc("eth_sendRawTransaction",
                                          await transfer(network.wallets[1], 1)));
  ok("with one of four away, blocks are agreed on");
  const back = await begin_member(nodes[3]);
  const tip = (await pool_of(nodes[0])).height;
  await at_each([nodes[3]], "the killed one to have caught up", ({ height }) => height >= tip);

  // Two of four away: nothing is agreed on, and it goes on when one is back.
  back.signal("SIGKILL");
  await back.wait();
  process.kill(nodes[2].pid, "SIGSTOP");
  const waiting = await network.rpc("eth_sendRawTransaction",
                                    await transfer(network.wallets[1], 2));
  const { height } = await pool_of(nodes[0]);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const later = await pool_of(nodes[0]);
  check(later.height <= height + 1, "with two of four away nothing is agreed on", later);
  process.kill(nodes[2].pid, "SIGCONT");
  await network.receipt(waiting);
  ok("and it goes on when one is back");
  const again = await begin_member(nodes[3]);

  const end = (await pool_of(nodes[0])).height;
  await at_each(nodes, "all to be there", (pool) => pool.height >= end);
  const status = await run(join(bin, "horae"), ["pool", "status", "--datadir", nodes[1].datadir]);
  check(status.code === 0 && /any 1 may be away/.test(status.out), "pool status tells it", status.said);

  again.signal("SIGTERM");
  equal(await again.wait(), { code: 0, signal: null }, "a member ends in order");
  await network.stop();
  for (const { datadir } of nodes) {
    const verified = await replay(datadir, "verify");
    check(verified.ok, "the log of each verifies");
  }
  for (const { datadir } of nodes.slice(1)) {
    const compared = await horae_replay("bisect", "--json", nodes[0].datadir, datadir);
    equal(compared.code, 0, "and agrees with the first: " + compared.out.trim());
  }
});
