// Makes the log of a pool for golden_logs.py: node make_pool_log.mjs DIRECTORY_OF_THE_BINARIES OUT.
// The first one's of four: founding, members by L1, reports and what was agreed on, transactions in blocks by
// turns, members that give theirs up, go and come back, a change of rules that three of four wanted, one whose engine
// executes otherwise and whose block is revoked, one that is killed in its turn, kept headers. OUT gets the log; pack data.mdb with xz beside what `horae-replay state --json` says of it.
import { cpSync } from "node:fs";
import { join } from "node:path";
import { alter_engine, at_each, begin_member, give_another_engine, pool_of } from "../functional/member_nodes.mjs";
import { check, equal, Exit, horae, horae_replay, Network, replay, rpc, test, transfer, until } from "../functional/network.mjs";

const out = process.argv[3];

await test(async () => {
  const network = await Network.start({ args: ["--nodes", "4"] });
  const { nodes } = network.dev;
  await at_each(nodes, "all to be of power by L1", ({ members }) =>
    members.length === 4 && members.every(({ power }) => power === 20_000));
  const from = Number(await rpc(network.l1, "eth_blockNumber")) + 40;
  const file = join(network.datadir, "change.json");
  const made = await horae("pool", "change", "--config", join(nodes[1].datadir, "horae.toml"),
                           "--from-block", String(from), "--l2-epoch-length", "7", "--out", file);
  check(made.code === Exit.ok, "a change of the rules is a file", made.said);
  const members = [];
  for (const node of nodes.slice(1)) {
    process.kill(node.pid, "SIGTERM");
    await until("the member to end", () => pool_of(node).then(() => false, () => true));
    members.push(await begin_member(node, "--pool-rule-change", file));
    const tip = (await pool_of(nodes[0])).height;
    await at_each([nodes[0]], "it to sign again", ({ members: all }) =>
      all.every(({ height, away }) => height >= tip && !away));
  }
  for (let nonce = 0; nonce < 5; ++nonce) {
    const raw = await transfer(network.wallets[1], nonce);
    await network.receipt(await network.rpc("eth_sendRawTransaction", raw));
  }
  await until("the new rules to hold", async () =>
    (await replay(nodes[0].datadir, "state")).blocks.epochLength === 7);
  let nonce = 5;
  const send = async () => network.receipt(await network.rpc(
    "eth_sendRawTransaction", await transfer(network.wallets[1], nonce++)));
  const another_leads = () => until("another one's turn", async () => {
    await send();
    const { leader } = await pool_of(nodes[0]);
    return nodes.slice(1).find(({ sequencer }) => sequencer.address === leader);
  });
  const altered = await another_leads();
  await alter_engine(altered);
  const pending = await network.rpc("eth_sendRawTransaction", await transfer(network.wallets[1], nonce++));
  await until("its block to be revoked", async () => (await pool_of(nodes[0])).revoked);
  await network.receipt(pending);
  await altered.program.wait();
  await give_another_engine(network, altered);
  members.push(await begin_member(altered));
  const { height } = await pool_of(nodes[0]);
  await at_each(nodes, "all to be level", (pool) => pool.height > height && pool.members.every(({ away }) => !away));
  const killed = await another_leads();
  killed.program.signal("SIGKILL");
  await until("it to be replaced", async () => (await pool_of(nodes[0])).lastFailover);
  await send();
  for (const member of members) {
    member.signal("SIGTERM");
    await member.wait();
  }
  await network.stop();
  const verified = await horae_replay("--datadir", nodes[0].datadir, "verify");
  equal(verified.code, Exit.ok, "the log verifies");
  cpSync(join(nodes[0].datadir, "log"), out, { recursive: true });
});
