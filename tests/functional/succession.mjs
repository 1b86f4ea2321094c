// Another key for reward batches, on a real LockingPool: a node that has the new key waits until the
// contract takes batches from it, follows it without another start, and is paid by it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Batches, PERIOD } from "./batches.mjs";
import {
  check, end_node, equal, ETHER, Exit, horae, Network, ok, run_node, test, transfer, try_replay,
} from "./network.mjs";
import { Account, logged } from "./pool.mjs";

await test(async () => {
  const network = await Network.start({ args: [
    "--without-node", "--no-governance", "--reward-period", String(PERIOD), "--epoch-length", "2",
    "--count", "allotted"] });
  const { datadir } = network;
  const settings = join(datadir, "horae.toml");
  const l1 = new Batches(network);
  let node = await run_node(settings);

  // Blocks, so that epochs end.
  let on = true, nonce = 0;
  const traffic = (async () => {
    while (on) {
      try {
        await network.receipt(await network.rpc("eth_sendRawTransaction",
                                                await transfer(network.wallets[1], nonce)));
        ++nonce;
      } catch {
        // the node is between two lives: once more
        nonce = Number(await network.rpc("eth_getTransactionCount", network.wallets[1].address,
                                         "latest").catch(() => nonce));
      }
    }
  })();
  const first = await l1.send_batch();
  await l1.pay(first.seq, first.closed.batchId);
  ok("a batch is paid by the first key");

  const keystore = join(datadir, "keys", "next.json");
  equal((await horae("keys", "new", keystore, "--password-file",
                     join(datadir, "keys", "password"))).code, Exit.ok, "another key is made");
  const next = `0x${JSON.parse(readFileSync(keystore, "utf8")).address.replace(/^0x/, "")}`;
  await l1.ask("anvil_setBalance", next, `0x${(10n * ETHER).toString(16)}`);
  await end_node(node);
  const { seq } = (await logged(network, 1, "batchPaid"));
  node = await run_node(settings, "--keys-reward-mpc", keystore);
  check(/the key for reward batches is another than the log's/.test(node.said),
        "a node that has it says so, and waits");
  const update = await l1.pool.connect(l1.as(Account.governance)).updateMpc(next);
  await l1.mine();
  await update.wait(1, 60_000);
  const { fact: succeeded } = await logged(network, seq, "keySucceeded");
  equal(succeeded.address?.toLowerCase() ?? succeeded, next.toLowerCase(),
        "once LockingPool names it, it succeeds, without another start");

  const second = await l1.send_batch();
  await l1.pay(second.seq, second.closed.batchId);
  const [event] = (await l1.pool.queryFilter("DistributeReward", 0)).slice(-1);
  equal((await event.getTransaction()).from.toLowerCase(), next.toLowerCase(),
        "and the next batch is paid by it");
  on = false;
  await traffic;
  await end_node(node);
  l1.close();
  equal((await try_replay(datadir, "verify")).code, Exit.ok, "the log verifies");
  await network.stop();
});
