#include "tests/node/inspect/on_terminal.hpp"
#include "tests/node/inspect/scene.hpp"

using namespace horae;
using namespace horae::test;

namespace {

struct ScreenScene : InspectScene {
  ScreenScene() {
    for (const auto* name : {"journal", "mempool", "world"}) add(name);
  }
  std::shared_ptr<ActorMeter> add(const std::string& name) {
    auto meter = meters->add(name);
    meter->actor_id = meters->all().size();
    meter->last_message = "Append";
    return meter;
  }
  [[nodiscard]] std::shared_ptr<ActorMeter> meter(std::size_t place) const {
    return meters->all().at(place);
  }
  [[nodiscard]] std::vector<std::string> command() const {
    return {HORAE_INSPECT, "--datadir", directory.path.string()};
  }
};

// A terminal is left as it was found: the cursor is there, and the other screen is not.
void check_restored(const OnTerminal& terminal) {
  const auto& said = terminal.said();
  BOOST_TEST(said.rfind("\x1b[?1049l") != std::string::npos);
  BOOST_TEST(said.rfind("\x1b[?1049l") > said.rfind("\x1b[?1049h"));
  BOOST_TEST(said.rfind("\x1b[?25h") > said.rfind("\x1b[?25l"));
}

CapturedMessage text_message(std::string text) {
  CapturedMessage out;
  out.at_ns = ActorMeter::now_ns();
  out.from = 2;
  out.kind = "Append";
  out.bytes = text.size();
  out.decode = [text = std::move(text)] { return text; };
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(terminal)

BOOST_AUTO_TEST_CASE(the_screen_stands_on_80_by_24_and_q_ends_it) {
  const ScreenScene scene;
  OnTerminal terminal(scene.command(), 24, 80, "xterm-256color", "C.UTF-8");
  BOOST_TEST(terminal.shows("mempool"));
  const auto title = "horae " HORAE_VERSION "  pid " + std::to_string(::getpid());
  BOOST_TEST(terminal.until([&] { return terminal.screen.lines()[0].find(title) == 0u; }));
  BOOST_TEST(terminal.shows("q quit"));
  terminal.press("?");
  BOOST_TEST(terminal.shows("this help"));
  terminal.press("x");
  BOOST_TEST(terminal.shows("Enter actor"));
  terminal.press("sss");
  BOOST_TEST(terminal.until(
      [&] { return terminal.screen.shows("/s▼") && !terminal.screen.shows("waits▼"); }));
  terminal.press("q");
  BOOST_TEST(terminal.end() == 0);
  BOOST_TEST(terminal.screen.unknown() == "");
  check_restored(terminal);
}

BOOST_AUTO_TEST_CASE(it_follows_the_terminal_s_size) {
  const ScreenScene scene;
  OnTerminal terminal(scene.command(), 40, 120, "xterm-256color", "C.UTF-8");
  BOOST_TEST(terminal.shows("ever p99"));
  terminal.resize(12, 50);
  BOOST_TEST(terminal.until([&] { return terminal.screen.lines()[11].find("? help") == 0; }));
  BOOST_TEST(terminal.until(
      [&] { return terminal.screen.shows("mempool") && !terminal.screen.shows("ever p99"); }));
  terminal.resize(2, 10);
  BOOST_TEST(terminal.until([&] { return terminal.screen.lines()[0].find("horae") == 0; }));
  terminal.resize(30, 100);
  BOOST_TEST(terminal.shows("q quit"));
  BOOST_TEST(terminal.shows("journal"));
  terminal.press("q");
  BOOST_TEST(terminal.end() == 0);
  BOOST_TEST(terminal.screen.unknown() == "");
}

BOOST_AUTO_TEST_CASE(a_terminal_of_60_by_200_is_filled) {
  ScreenScene scene;
  scene.add("an actor with a name that is long");
  OnTerminal terminal(scene.command(), 60, 200, "xterm-256color", "C.UTF-8");
  BOOST_TEST(terminal.shows("an actor with a name that is long"));
  BOOST_TEST(terminal.until([&] { return terminal.screen.lines()[59].find("? help") == 0u; }));
  terminal.press("q");
  BOOST_TEST(terminal.end() == 0);
  BOOST_TEST(terminal.screen.unknown() == "");
}

BOOST_AUTO_TEST_CASE(an_old_terminal_gets_ascii) {
  const ScreenScene scene;
  OnTerminal terminal(scene.command(), 24, 80, "vt100", "C");
  BOOST_TEST(terminal.shows("mempool"));
  terminal.press("sss");
  BOOST_TEST(terminal.shows("/sv"));
  terminal.press("e");
  BOOST_TEST(terminal.shows("messages"));
  terminal.press("q");
  BOOST_TEST(terminal.end() == 0);
  for (const char c : terminal.said()) BOOST_REQUIRE((static_cast<unsigned char>(c) < 0x80));
  BOOST_TEST(terminal.said().find("\x1b[31m") == std::string::npos);  // and no colours
}

BOOST_AUTO_TEST_CASE(a_signal_ends_it_in_order) {
  const ScreenScene scene;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    OnTerminal terminal(scene.command(), 24, 80, "xterm-256color", "C.UTF-8");
    BOOST_TEST(terminal.shows("mempool"));
    terminal.signal(number);
    BOOST_TEST(terminal.end() == 0);
    check_restored(terminal);
  }
}

BOOST_AUTO_TEST_CASE(a_node_that_goes_away_is_told_and_found_again) {
  ScreenScene scene;
  OnTerminal terminal(scene.command(), 24, 80, "xterm-256color", "C.UTF-8");
  BOOST_TEST(terminal.shows("mempool"));
  scene.server.reset();
  // What was seen last still stands below, line by line.
  BOOST_TEST(terminal.until([&] {
    const auto lines = terminal.screen.lines();
    return lines[0].find("horae ") == 0u && lines[1].find("LOST for") == 0u &&
           lines[2].find("state ") == 0u && lines[3].find("heads ") == 0u;
  }));
  BOOST_TEST(terminal.screen.shows("mempool"));
  scene.add("latecomer");
  scene.server =
      InspectServer::start(scene.socket, scene.meters, scene.board, std::make_shared<StillClock>())
          .value();
  BOOST_TEST(terminal.shows("latecomer"));
  BOOST_TEST(terminal.until([&] { return !terminal.screen.shows("LOST for"); }));
  BOOST_TEST(terminal.screen.unknown() == "");
  terminal.press("q");
  BOOST_TEST(terminal.end() == 0);
}

BOOST_AUTO_TEST_CASE(enter_shows_an_actor_s_messages_as_they_come) {
  const ScreenScene scene;
  OnTerminal terminal(scene.command(), 24, 80, "xterm-256color", "C.UTF-8");
  BOOST_TEST(terminal.shows(">journal"));
  terminal.press("j");
  BOOST_TEST(terminal.shows(">mempool"));
  terminal.press("\r");
  BOOST_TEST(terminal.shows("none since this was opened"));
  auto& ring = scene.meter(1)->ring;
  BOOST_TEST(terminal.until([&] { return ring.watched(); }));
  BOOST_TEST(!scene.meter(0)->ring.watched());
  ring.keep(text_message(R"({"hello":"inspector"})"));
  BOOST_TEST(terminal.shows("mempool Append"));  // the sender with the id 2
  BOOST_TEST(terminal.shows(R"({"hello":"inspector"})"));
  ring.keep(text_message("\x1b[2J\x1b]0;owned\x07"));
  BOOST_TEST(terminal.shows("?[2J?]0;owned?"));
  terminal.press("\x1b");
  BOOST_TEST(terminal.shows("Enter actor"));
  terminal.press("q");
  BOOST_TEST(terminal.end() == 0);
}

BOOST_AUTO_TEST_CASE(a_stuck_actor_stands_out) {
  const ScreenScene scene;
  scene.meter(2)->since_ns = ActorMeter::now_ns() - 90'000'000'000;
  OnTerminal terminal(scene.command(), 24, 80, "xterm-256color", "C.UTF-8");
  BOOST_TEST(terminal.shows("! world has been at one Append for 90 s"));
  BOOST_TEST(terminal.shows("stuck 90 s"));
  terminal.press("q");
  BOOST_TEST(terminal.end() == 0);
}

BOOST_AUTO_TEST_CASE(a_terminal_that_cannot_move_the_cursor_gets_the_table) {
  const ScreenScene scene;
  OnTerminal terminal(scene.command(), 40, 100, "dumb", "C");
  BOOST_TEST(terminal.end() == 0);
  BOOST_TEST(terminal.screen.shows("last message"));
  BOOST_TEST(terminal.said().find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_node_is_told_before_a_screen_is_taken_over) {
  const Directory directory;
  OnTerminal terminal({HORAE_INSPECT, "--datadir", directory.path.string()}, 24, 80,
                      "xterm-256color", "C.UTF-8");
  BOOST_TEST(terminal.end() == 7);
  BOOST_TEST(terminal.said().find('\x1b') == std::string::npos);
  BOOST_TEST(terminal.said().find("Start it where it does not run") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
