// A CometBFT that somebody else runs for a member (pool.command = "external"), with the signer's
// connection in a test's hands.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { cometbft, Program, until } from "./network.mjs";

export class OuterComet {
  /** home: `consensus` in the member's data directory. */
  constructor(home) {
    this.home = join(home, "cometbft");
    this.socket = join(home, "privval.sock");     // which the member's signer dials
    this.behind = join(home, "privval.outer.sock");  // where this CometBFT listens for it
    this.links = new Set();
    this.server = createServer((from) => this.#link(from));
    rmSync(this.socket, { force: true });
    this.server.listen(this.socket);
  }

  /** Starts it, once its member has written its files, and again whenever it ends and the member runs.
   *  One that waited for a signature when its member was killed ends only when the next life signs. */
  async begin(member) {
    this.member = member;
    await until("the member's side of consensus", () =>
      member.end ? Promise.reject(new Error(member.said))
        : /somebody else is to run CometBFT/.test(member.said));
    const file = join(this.home, "config", "config.toml");
    writeFileSync(file, readFileSync(file, "utf8").replace(this.socket, this.behind));
    this.#start_if_ended();
  }

  break_signer() {
    for (const link of this.links) link.destroy();
  }

  #start_if_ended() {
    if (this.program && !this.program.end) return;
    rmSync(this.behind, { force: true });
    this.program = new Program("cometbft", cometbft, ["node", "--home", this.home]);
    this.#after();
  }

  /** As `Restart=always`: it ends where no signer dials it in time, too. */
  async #after() {
    const { code, signal } = await this.program.ended;
    await Promise.race([this.member.ended, pause(500)]);
    if (this.member.end) return;
    console.log(`a CometBFT ended with ${code ?? signal}, and begins again: ${this.program.said.slice(-300)}`);
    this.#start_if_ended();
  }

  #link(from) {
    const to = connect(this.behind);
    for (const [one, other] of [[from, to], [to, from]]) {
      this.links.add(one);
      one.on("error", () => {}); // close follows
      one.on("close", () => {
        this.links.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
