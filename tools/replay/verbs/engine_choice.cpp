#include "tools/replay/verbs/engine_choice.hpp"

#include "edges/engine.hpp"

namespace horae::replay {

cli::Option add_engine(cli::Command verb, EngineChoice& choice, const std::string& about) {
  const auto engine = verb.add_option("--engine", choice.url, about).type_name("URL");
  verb.add_option("--engine-dialect", choice.dialect,
                  "how that engine is spoken to; geth must serve eth and testing there")
      .one_of({"anvil", "geth"})
      .show_default()
      .needs(engine);
  return engine;
}

Outcome<std::unique_ptr<EnginePort>> engine_at(const EngineChoice& choice) {
  if (choice.url.empty()) return nullptr;
  const auto endpoint = Endpoint::parse(choice.url);
  if (!endpoint) return refuse(Trouble::usage, "--engine: " + endpoint.error().what);
  return horae::engine_at(EngineAddress{dialect_named(choice.dialect).value(), *endpoint, {}, {}});
}

}  // namespace horae::replay
