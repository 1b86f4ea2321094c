#include "node/config/load.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <set>

#include "core/nearest.hpp"

namespace horae::config {
namespace {

std::string place(const std::filesystem::path& file, const toml::source_region& at) {
  return file.string() + ":" + std::to_string(at.begin.line) + ":" +
         std::to_string(at.begin.column);
}

// A value as the text that a flag or a variable would have; nothing for what no setting has.
std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  const auto* list = node.as_array();
  if (list == nullptr) return std::nullopt;
  std::string out;
  for (const auto& one : *list) {
    if (!one.is_string()) return std::nullopt;
    if (!out.empty()) out += ',';
    out += one.as_string()->get();
  }
  return out;
}

class Loader {
 public:
  explicit Loader(const Given& given) : given_(given) {}

  Loaded run() {
    if (given_.file) read_file(*given_.file);
    if (!out_.problems.empty() && in_file_.empty()) return std::move(out_);
    for (const auto& setting : settings()) take(setting);
    clashes();
    return std::move(out_);
  }

 private:
  void wrong(std::string where, std::string what) {
    out_.problems.push_back({std::move(where), std::move(what)});
  }

  void read_file(const std::filesystem::path& path) {
    std::error_code unseen;
    if (std::filesystem::is_directory(path, unseen)) return wrong(path.string(), "is a directory");
    try {
      file_ = toml::parse_file(path.string());
    } catch (const toml::parse_error& error) {
      const bool there = std::filesystem::is_regular_file(path);
      return wrong(there ? place(path, error.source()) : path.string(),
                   there ? std::string(error.description()) : "no such file");
    }
    walk(file_, "");
  }

  // Every key of the file must be a setting's.
  void walk(const toml::table& table, const std::string& path) {
    for (const auto& [key, node] : table) {
      const auto name = path.empty() ? std::string(key.str()) : path + "." + std::string(key.str());
      if (const auto* inner = node.as_table(); inner != nullptr && find_setting(name) == nullptr) {
        walk(*inner, name);
      } else if (find_setting(name) == nullptr) {
        unknown(name, place(*given_.file, key.source()));
      } else if (const auto text = text_of(node); !text) {
        wrong(place(*given_.file, node.source()),
              name + ": wanted a text, a number or a list of texts");
      } else {
        in_file_[name] = {*text, {Source::file, place(*given_.file, node.source())}};
      }
    }
  }

  void unknown(const std::string& name, std::string where) {
    std::vector<std::string> known;
    for (const auto& setting : settings()) known.emplace_back(setting.name);
    const auto near = nearest(name, known);
    wrong(std::move(where),
          "no setting is called " + name + (near ? ": is " + *near + " meant?" : ""));
  }

  void take(const Setting& setting) {
    const std::string name(setting.name);
    std::optional<Value> found;
    if (const auto flag = given_.flags.find(name); flag != given_.flags.end()) {
      found = Value{flag->second, {Source::flag, flag_of(setting)}};
    } else if (const auto variable = given_.variable(variable_of(setting))) {
      found = Value{*variable, {Source::environment, variable_of(setting)}};
    } else if (const auto in_file = in_file_.find(name); in_file != in_file_.end()) {
      found = in_file->second;
    } else if (const auto standard = setting.standard(around(Source::standard))) {
      found = Value{*standard, {Source::standard, ""}};
    }
    if (!found) return missing(setting);
    const auto set = setting.set(out_.config, found->text, around(found->origin.source));
    if (!set) {
      wrong(found->origin.where.empty() ? "standard" : found->origin.where,
            name + ": " + set.error().what);
    } else {
      good_.insert(name);
    }
    out_.values.insert_or_assign(name, std::move(*found));
  }

  // What each setting takes by itself and no node could start with, or would sign with twice.
  void clashes() {
    const auto& config = out_.config;
    if (config.rpc_port == config.ops_port && config.rpc_port != 0) {
      clash("rpc.port", "ops.port", std::to_string(config.rpc_port));
    }
    if (config.pool_genesis) {
      clash_with_pool("rpc.port", config.rpc_port);
      clash_with_pool("ops.port", config.ops_port);
      clash_with_pool("pool.listen", config.pool_listen.port);
      clash_with_pool("pool.link_listen", config.pool_link_listen.port);
      const auto link = config.pool_link_listen.port;
      for (const auto& [other, port] :
           {std::pair{"rpc.port", config.rpc_port}, std::pair{"ops.port", config.ops_port},
            std::pair{"pool.listen", config.pool_listen.port}}) {
        if (port == link) clash("pool.link_listen", other, std::to_string(link));
      }
      wanted_where_any("pool.listen", config.pool_listen, "pool.endpoint", config.pool_endpoint);
      wanted_where_any("pool.link_listen", config.pool_link_listen, "pool.link_endpoint",
                       config.pool_link_endpoint);
      reached_as_the_other(config.pool_endpoint.value_or(config.pool_listen),
                           config.pool_link_endpoint.value_or(config.pool_link_listen));
    } else {
      alone();
    }
    if (config.locking_info == config.locking_pool) {
      clash("l1.locking_info", "l1.locking_pool", to_hex(config.locking_pool));
    }
    if (config.engine_dialect != EngineDialect::anvil) {
      needed_by_engine("engine.auth_endpoint", config.engine_auth.has_value());
      needed_by_engine("engine.jwt_file", config.engine_jwt_file.has_value());
    }
    const auto& signers = config.signers;
    for (auto one = signers.begin(); good_.contains("keys.signers") && one != signers.end();
         ++one) {
      const auto same = [&](const auto& other) { return same_file(*one, other); };
      if (std::any_of(signers.begin(), one, same)) {
        wrong(out_.values.find("keys.signers")->second.origin.where,
              "keys.signers: " + one->string() + " is named twice");
      }
    }
  }
  // What only a member of a pool can do.
  void alone() {
    const auto& config = out_.config;
    if (!config.pool_peers.empty()) {
      wrong(out_.values.find("pool.peers")->second.origin.where,
            "pool.peers is set, and pool.genesis is not: a node alone has no peers");
    }
    if (config.acknowledge_copies > 1) {
      wrong(out_.values.find("acknowledge.copies")->second.origin.where,
            copies_of_one_alone(config.acknowledge_copies));
    }
  }
  void needed_by_engine(const std::string& name, bool given) {
    if (given || !good_.contains(name)) return;
    wrong(out_.values.find("engine.dialect")->second.origin.where,
          "engine.dialect is " + out_.values.find("engine.dialect")->second.text + ", and " + name +
              " is not set: blocks are adopted there");
  }
  void wanted_where_any(const std::string& listen, const HostPort& at, const std::string& endpoint,
                        const std::optional<HostPort>& given) {
    if (!at.is_any() || given) return;
    wrong(out_.values.find(listen)->second.origin.where,
          listen + " is " + at.shown() + ", which nobody can dial, and " + endpoint +
              " is not set: give it the address at which the other members reach this one");
  }
  void reached_as_the_other(const HostPort& endpoint, const HostPort& link) {
    const auto is_here = [](const HostPort& at) {
      return at.host.starts_with("127.") || at.host == "::1" || at.host == "localhost";
    };
    if (is_here(endpoint) || !is_here(link)) return;
    wrong(out_.values.find("pool.link_listen")->second.origin.where,
          "others dial this node's consensus at " + endpoint.shown() + ", and its link at " +
              link.shown() +
              ", which is their own machine: give pool.link_listen or "
              "pool.link_endpoint the address at which they reach it");
  }
  // Whatever address a port is of: one that is everybody's is the loopback's, too.
  void clash_with_pool(const std::string& other, std::uint16_t port) {
    const auto own = out_.config.pool_rpc_port;
    if (port == own) clash("pool.rpc_port", other, std::to_string(own));
  }
  // Of two settings whose values are the same; the one that somebody gave tells where.
  void clash(const std::string& one, const std::string& other, const std::string& value) {
    if (!good_.contains(one) || !good_.contains(other)) return;
    const auto& of_one = out_.values.find(one)->second.origin;
    const auto& of_other = out_.values.find(other)->second.origin;
    const auto& given = of_one.source < of_other.source ? of_other : of_one;
    wrong(given.where.empty() ? "standard" : given.where,
          one + " and " + other + " are both " + value);
  }
  static bool same_file(const std::filesystem::path& one, const std::filesystem::path& other) {
    std::error_code error;  // where one of them is not there
    return one == other || std::filesystem::equivalent(one, other, error);
  }

  void missing(const Setting& setting) {
    const auto where = given_.file ? given_.file->string() : std::string("a file (--config)");
    wrong(given_.file ? given_.file->string() : "settings",
          std::string(setting.name) + " is not set: give it in " + where + ", as " +
              variable_of(setting) + " or as " + flag_of(setting));
  }

  [[nodiscard]] Surroundings around(Source source) const {
    Surroundings out;
    out.network = out_.config.network;
    const bool of_file = source == Source::file || source == Source::standard;
    out.directory = of_file && given_.file ? std::filesystem::absolute(*given_.file).parent_path()
                                           : std::filesystem::current_path();
    return out;
  }

  const Given& given_;
  toml::table file_;
  std::map<std::string, Value, std::less<>> in_file_;
  std::set<std::string, std::less<>> good_;  // settings whose values were taken
  Loaded out_;
};

}  // namespace

std::string copies_of_one_alone(std::uint64_t copies) {
  return "acknowledge.copies is " + std::to_string(copies) +
         ", and this node is alone: no other member has a log for a copy; leave it at 1, or name a "
         "pool's genesis (pool.genesis)";
}

Loaded load(const Given& given) { return Loader(given).run(); }

}  // namespace horae::config
