// A wall clock that is wrong for a while: no block is made whose time L1's does not bear out, the
// node says why, and goes on with everything when the clock is right again.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  check, end_node, make_home, Network, ok, replay, rpc, run_node, skip, test, transfer, until,
} from "./network.mjs";

const library = process.argv[3];
if (!library || !existsSync(library)) skip("no library that shifts a clock is built here");

const DAY = 86_400;
const shift = join(make_home(), "shift");
const set = (seconds) => writeFileSync(shift, String(seconds));

await test(async () => {
  set(0);
  const datadir = join(make_home(), "data");
  const chains = await Network.start({ datadir, args: ["--without-node"] });
  process.env.HORAE_CLOCK_SHIFT = shift;
  process.env.LD_PRELOAD = library;
  const node = await run_node(join(datadir, "horae.toml"));
  delete process.env.LD_PRELOAD;
  const status = () => rpc(node.url, "horae_status");
  const send = async (nonce) => rpc(node.url, "eth_sendRawTransaction",
                                    await transfer(chains.wallets[1], nonce));
  const receipt = (hash) => until("a receipt", () => rpc(node.url, "eth_getTransactionReceipt", hash));
  await until("a sequencer", async () => (await status()).production.state === "idle");
  await receipt(await send(0));

  set(DAY);
  const waiting = await send(1);
  const { reason } = await until("the producer to see it", async () => {
    const { production } = await status();
    return production.reason.includes("l1.max_drift_s") && production;
  });
  check(/the clock says .* the confirmed head of L1 is of .*: more than 2 h/.test(reason),
        `a clock that is a day ahead makes no block: ${reason}`);
  const seen = await until("L1", async () => (await status()).l1);
  set(0);
  await receipt(waiting);
  ok("it goes on when the clock is right");
  await until("L1 to be followed on", async () => (await status()).l1.head > seen.head);
  ok("and follows L1");
  const sealed = (await replay(datadir, "state")).blocks.head;
  check(sealed.timestamp < Date.now() / 1000 + 60, "no block is of tomorrow", sealed);

  // Back by less than a block may wait: the chain's times go on rising.
  set(-3);
  await receipt(await send(2));
  ok("a clock that is set back some seconds is waited for");
  await end_node(node);
  check((await replay(datadir, "verify")).ok, "the log verifies");
  await chains.stop();
});
