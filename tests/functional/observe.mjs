// `horae observe` on Metis's own contracts' recorded life: at every block that has a view the log
// tells the same, however unfriendly the endpoint is.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import {
  check, equal, Exit, horae, horae_replay, make_home, ok, replay, start_horae, test, try_replay, until,
} from "./network.mjs";
import { following, golden, life, serve } from "./recorded_l1.mjs";

const observe = (l1, datadir) => horae(...following(l1, datadir), "--until-synced");

/** A recorded view as `horae-replay state` tells it. */
function wanted(view) {
  const sequencers = Object.entries(view.sequencers).map(([id, s]) => ({ id, ...s }))
    .sort((a, b) => Number(a.id) - Number(b.id));
  const { minLock, maxLock, exitDelayPeriod, rewardPerBlock, signerUpdateThrottle, mpcAddress,
          rewardPayer, paused } = view;
  return {
    sequencers, totalLocked: view.totalLocked, totalRewardsLiquidated: view.totalRewardsLiquidated,
    curBatchState: view.curBatchState,
    parameters: { minLock, maxLock, exitDelayPeriod, rewardPerBlock, signerUpdateThrottle,
                  mpcAddress, rewardPayer, paused },
  };
}

const views = new Map(life.views.map((view) => [view.blockNumber, wanted(view)]));

await test(async () => {
  const l1 = await serve();
  const home = make_home();
  const datadir = join(home, "data");
  const first = await observe(l1.url, datadir);
  equal(first.code, Exit.ok, "observe follows Metis's recorded life to its end");
  for (const [block, view] of views) {
    const state = await replay(datadir, "state", "--at", `l1:${block}`);
    assert.deepStrictEqual(state.locking, view, `L1 block ${block}`);
  }
  ok(`at each of ${views.size} blocks that have a view, horae-replay equals it in every field`);
  equal((await try_replay(datadir, "state", "--at", `l1:${life.headBlock + 1}`)).code,
        Exit.precondition, "l1:N above the confirmed head is refused");
  const verified = await replay(datadir, "verify");
  check(verified.ok, "the log verifies");
  // One statement holds its bookings against the fold at each record.
  for (const { id, amount, reward } of (await replay(datadir, "state")).locking.sequencers) {
    const statement = await horae_replay("--datadir", datadir, "statement", "--sequencer", id,
                                         "--json");
    const told = JSON.parse(statement.out);
    equal([statement.code, told.balances, told.closing], [Exit.ok, true, { locked: amount, reward }],
          `the statement of sequencer ${id} balances at every record`);
  }
  // The recorded life is of another time than this log: a statement goes by L1's.
  const { opening, bookings } = JSON.parse((await horae_replay(
    "--datadir", datadir, "statement", "--sequencer", "1", "--from", "2020-01-01", "--to",
    new Date(Number(life.blocks.at(-1).timestamp) * 1000 + 86_400_000).toISOString(), "--json")).out);
  check(opening.locked === "0" && bookings.length > 0
        && bookings.every(({ l1Time, time }) => l1Time < time - 86_400_000),
        "a statement of the years of the recorded life has all of it, each with L1's time");
  const again = await observe(l1.url, datadir);
  equal([again.code, (await replay(datadir, "state")).locking],
        [Exit.ok, views.get(Math.max(...views.keys()))], "a second run goes on where it was");
  const facts = (log) => log
    .filter(({ domain, kind }) => domain === "locking" && kind !== "l1Advanced")
    .map(({ kind, fact }) => ({ kind, ...fact }));
  const all = facts(await replay(datadir, "log"));
  equal(all.length, facts(await replay(datadir, "log", "--to", String(verified.seq))).length,
        "and logs nothing twice");

  const file = join(home, "url");
  writeFileSync(file, `${l1.url}/with-a-secret-key\n`);
  const by_file = await observe(`@${file}`, join(home, "by-file"));
  check(by_file.code === Exit.ok || !by_file.said.includes("secret"), "the URL may be in a file");
  check(!by_file.said.includes("secret"), "and only its host is ever shown", by_file.said);

  const no_file = await observe(`@${file}.gone`, join(home, "no-file"));
  equal(no_file.code, Exit.usage, "a file that is not there is a wrong option");
  const nowhere = await observe("http://127.0.0.1:1", join(home, "nowhere"));
  equal(nowhere.code, Exit.unreachable, "an endpoint that does not answer ends a first start");

  // Without --until-synced it goes on until it is told to stop, alone on its directory.
  const lasting = start_horae(...following(l1.url, datadir));
  await until("the observer to run", () => /following/.test(lasting.said));
  equal((await observe(l1.url, datadir)).code, Exit.directory, "two do not share a directory");
  lasting.signal("SIGTERM");
  equal(await lasting.wait(), { code: 0, signal: null }, "SIGTERM ends it with 0");

  // Another pool's log is not continued.
  const other = await horae(...following(l1.url, datadir).map(
    (each) => each === life.contracts.lockingInfo ? life.contracts.token : each), "--until-synced");
  equal(other.code, Exit.precondition, "a data directory of another pool is refused");
  await l1.end();

  // Unfriendly endpoints, each in its way; where old state is gone, what is unknown is null.
  for (const [option, value] of [["--max-range", "7"], ["--max-results", "5"], ["--rate", "50"],
                                 ["--no-archive", "20"]]) {
    const unfriendly = await serve(golden, option, value);
    const into = join(home, option.slice(2));
    const ended = await observe(unfriendly.url, into);
    equal(ended.code, Exit.ok, `observe gets through ${option} ${value}`);
    const got = facts(await replay(into, "log"));
    if (option !== "--no-archive") {
      equal(got, all, "with the same facts in the log");
    } else {
      let unknown = 0;
      for (const [block, view] of views) {
        const { locking } = await replay(into, "state", "--at", `l1:${block}`);
        for (const [i, sequencer] of locking.sequencers.entries()) {
          if (sequencer.reward !== null) continue;
          unknown += 1;
          sequencer.reward = view.sequencers[i].reward;
        }
        assert.deepStrictEqual(locking, view, `L1 block ${block}`);
      }
      ok(`without old state every known field is right; ${unknown} rewards are null`);
    }
    await unfriendly.end();
  }

  // It shows no logs for its first answers: what is missing is seen by the contracts' views.
  const leaving_out = await serve(golden, "--leave-out", "2", "--max-range", "30");
  const mended = join(home, "leave-out");
  equal((await observe(leaving_out.url, mended)).code, Exit.ok,
        "observe sees that logs were left out, and reads them again");
  const [reread, { locking }] = [facts(await replay(mended, "log")), await replay(mended, "state")];
  equal(locking, views.get(Math.max(...views.keys())), "the log is right in the end");
  check(reread.some(({ kind }) => kind === "l1Reverted"), "by new facts alone, and nothing deleted");
  check((await replay(mended, "verify")).ok, "and it verifies");
  await leaving_out.end();

  // The endpoint goes away in the middle and comes back.
  const slow = await serve(golden, "--latency-ms", "15", "--max-range", "3");
  const port = new URL(slow.url).port;
  const into = join(home, "interrupted");
  const watching = start_horae(...following(slow.url, into), "--until-synced");
  await until("a few facts", async () => {
    if (watching.end) throw new Error(`observe ended too early: ${watching.said}`);
    const { code, out } = await try_replay(into, "state");
    return code === 0 && JSON.parse(out).locking?.sequencers?.length > 0;
  });
  slow.program.signal("SIGKILL");
  await slow.program.wait();
  // What takes its place counts the calls of the observer, and answers none.
  let calls = 0;
  const nobody = createServer((socket) => {
    calls += 1;
    socket.destroy();
  }).listen(Number(port), "127.0.0.1");
  await until("the observer to try again", () => calls >= 3);
  check(!watching.end, "observe keeps trying while its endpoint is gone", watching.end);
  await new Promise((resolve) => nobody.close(resolve));
  const back = await serve(golden, "--port", port);
  equal((await watching.wait()).code, Exit.ok, "and goes on when it is back");
  equal(facts(await replay(into, "log")), all, "with the same facts");

  // Another chain behind the same address.
  const altered = structuredClone(life);
  altered.chainId = 4242;
  const wrong_chain = join(home, "wrong-chain.json");
  writeFileSync(wrong_chain, JSON.stringify(altered));
  await back.end();
  const stranger = await serve(wrong_chain);
  const refused = await observe(stranger.url, into);
  check(refused.code !== 0 && refused.said.includes("4242"), "another chain is refused by its id",
        [refused.code, refused.said]);
  await stranger.end();

  // The contracts say something else than their logs.
  const lying = structuredClone(life);
  for (const view of lying.views) view.totalLocked = String(BigInt(view.totalLocked) + 1n);
  const changed = join(home, "changed.json");
  writeFileSync(changed, JSON.stringify(lying));
  const liar = await serve(changed);
  const differs = await observe(liar.url, join(home, "changed"));
  equal(differs.code, Exit.mismatch, "a view that differs from the fold ends it with 10");
  const last = life.views.at(-1).totalLocked;
  check(differs.out.split("\n").some((line) => line.includes("totalLocked")
        && line.includes(last) && line.includes(String(BigInt(last) + 1n))),
        "with a table that names the field, what the contract says and what the log says",
        differs.said);
  await liar.end();
});
