// A CometBFT that somebody else runs for a member (pool.command = "external"), with the signer's
// connection in a test's hands.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
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

  /** Starts it, once its member has written its files. */
  async begin(member) {
    await until("the member's side of consensus", () =>
      member.end ? Promise.reject(new Error(member.said))
        : /somebody else is to run CometBFT/.test(member.said));
    const file = join(this.home, "config", "config.toml");
    writeFileSync(file, readFileSync(file, "utf8").replace(this.socket, this.behind));
    rmSync(this.behind, { force: true });
    this.program = new Program("cometbft", cometbft, ["node", "--home", this.home]);
  }

  break_signer() {
    for (const link of this.links) link.destroy();
  }

  async kill() {
    this.program.signal("SIGKILL");
    await this.program.wait();
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
