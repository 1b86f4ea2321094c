#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "node/child/child.hpp"
#include "node/cli/dev_settings.hpp"
#include "node/dev/description.hpp"
#include "node/node.hpp"

namespace horae {

/// The pool of a dev network: its genesis, the files of its nodes, and the processes of the further
/// ones, each with an engine of its own. Main thread only.
class DevPool {
 public:
  /// Makes what the nodes lack, starts the engines of the further ones, chooses ports, and writes
  /// the settings of all of them; choices: of the first, which is completed by what makes it a
  /// member.
  static Started<std::unique_ptr<DevPool>> prepare(const std::filesystem::path& datadir,
                                                   dev::DevNetwork& network, DevChoices& choices);
  /// Starts the further nodes, each with its log in node.log of its directory.
  Started<void> start(const std::filesystem::path& horae);
  /// Says of each that has ended since, once.
  void look(const std::function<void(const std::string& what)>& say);
  /// SIGTERM to all nodes, then waits for each; the engines behind them.
  void stop();

  /// What they are, once they run.
  [[nodiscard]] std::vector<dev::NodeDescription> members() const;

 private:
  struct Member {
    std::filesystem::path datadir;
    std::uint16_t ops_port = 0, rpc_port = 0;
    Address signer;
    dev::L2Engine engine;
    std::optional<Child> child = {};
    bool told = false, told_engine = false;
  };
  std::vector<Member> members_;
};

}  // namespace horae
