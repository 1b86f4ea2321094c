#include <boost/test/unit_test.hpp>

#include "tests/node/inspect/pages.hpp"

using namespace horae;
using namespace horae::test;
using namespace horae::inspect;

namespace {

// The names in the first column of the table, from top to bottom.
std::vector<std::string> names_in(const Scene& scene, const View& view) {
  std::vector<std::string> out;
  for (const auto& line : shown(scene, view, {40, 120})) {
    if (line.starts_with(" from ")) break;  // the edges below
    for (const auto& actor : usual_actors) {
      if (line.size() > 18 && line.substr(1, 18) == to_left(actor.name, 18)) {
        out.emplace_back(actor.name);
      }
    }
  }
  return out;
}

HeardMessage said(std::uint64_t number, std::string decoded) {
  return {number, noon_ms + number,   "door 1", "MempoolCommand", false,
          300,    std::move(decoded), false};
}

Scene scene_of_messages() {
  auto out = usual_scene();
  out.watched = "mempool";
  for (std::uint64_t i = 1; i <= 40; ++i) {
    out.messages.push_back(said(i, "{\"submit\":" + std::to_string(i) + "}"));
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(screen)

BOOST_AUTO_TEST_CASE(no_page_is_larger_than_its_terminal) {
  auto scene = scene_of_messages();
  scene.messages.push_back(said(41, std::string(3000, 'x')));
  for (const auto* trouble : {"", "LOST for 3.0 s, trying again: no node answers at /some/where"}) {
    scene.trouble = trouble;
    for (int lints = 0; lints < 8; ++lints) {
      scene.lints.assign(static_cast<std::size_t>(lints),
                         {Lint::Kind::busy_long, "engine", std::string(100, 'w')});
      for (const auto page : {Page::actors, Page::actor, Page::edges, Page::help}) {
        for (const auto* glyphs : {&ascii_glyphs, &unicode_glyphs}) {
          for (std::size_t rows = 0; rows < 45; rows += 1 + rows / 8) {
            for (const std::size_t columns : {1u, 7u, 20u, 39u, 40u, 79u, 80u, 81u, 120u, 250u}) {
              View view;
              view.page = page;
              view.selected = "mempool";
              const auto out = lay_out(scene, view, {rows, columns}, *glyphs);
              BOOST_REQUIRE(out.lines.size() == rows);
              for (const auto& line : out.lines) BOOST_REQUIRE(columns_of(line) <= columns);
            }
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(eighty_by_twenty_four_has_all_that_matters) {
  const auto lines = shown(usual_scene(), {}, {24, 80});
  BOOST_TEST(has(lines, "horae 0.1.0  pid 77  up 0:00:36"));
  BOOST_TEST(has(lines, "2023-11-14 22:13:20 UTC"));
  BOOST_TEST(has(lines, "producing: block 36 was sealed"));
  for (const auto* title : {"actor", "state", "waits", "/s", "busy", "p50", "p99", "last"}) {
    BOOST_TEST(has(lines, title), title);
  }
  for (const auto& actor : usual_actors) BOOST_TEST(has(lines, actor.name), actor.name);
  BOOST_TEST(has(lines, "AMessageWith"));
  BOOST_TEST(has(lines, "q quit"));
}

BOOST_AUTO_TEST_CASE(a_large_terminal_is_filled) {
  auto scene = usual_scene();
  const std::string name = "an actor with a name that is long";
  scene.snapshot = made([&](auto snapshot) {
    auto actors = usual_actors;
    actors.push_back({name.c_str()});
    name_actors(snapshot, actors);
    auto edges = snapshot.initEdges(90);
    for (unsigned i = 0; i < edges.size(); ++i) {
      edges[i].setFrom("from " + std::to_string(i));
      edges[i].setTo(i == 0 ? name : "world");
      edges[i].setMessages(1000 - i);
    }
    snapshot.initCondition().setWords(std::string(560, 'w') + " the end of a long reason");
  });
  const auto lines = shown(scene, {}, {60, 200});
  BOOST_TEST(has(lines, "long reason"));
  BOOST_TEST(has(lines, name));
  BOOST_TEST(has(lines, "AMessageWithAVeryLongNameIndeed"));
  // The edges stand below, side by side, to the last row.
  BOOST_TEST(has(lines, "from 0 "));
  BOOST_TEST(has(lines, "from 89 "));
  BOOST_TEST(lines[lines.size() - 2].find("from ") != std::string::npos);
  BOOST_TEST(std::ranges::count_if(lines, [](const auto& line) { return line.size() > 120; }) > 30);
  // Where there is no room they have their own page.
  BOOST_TEST(!has(shown(scene, {}, {20, 80}), "from 0 "));
  View view;
  view.page = Page::edges;
  BOOST_TEST(has(shown(scene, view, {60, 200}), "> " + name));
}

BOOST_AUTO_TEST_CASE(a_small_terminal_keeps_title_table_and_keys) {
  const auto lines = shown(usual_scene(), {}, {6, 40});
  BOOST_TEST(lines.front().find("horae 0.1.0") == 0u);
  BOOST_TEST(has(lines, "actor"));
  BOOST_TEST(has(lines, "journal"));
  BOOST_TEST(lines.back().find("? help") == 0u);
  BOOST_TEST(!has(lines, "producing"));
  BOOST_TEST(!has(lines, "busy"));  // columns go by their rank
  BOOST_TEST(has(lines, "waits"));
}

BOOST_AUTO_TEST_CASE(ascii_means_ascii) {
  auto scene = scene_of_messages();
  for (const auto page : {Page::actors, Page::actor, Page::edges, Page::help}) {
    for (const auto sort : {Sort::start, Sort::p99}) {
      View view;
      view.page = page;
      view.sort = sort;
      view.selected = "journal";
      for (const auto& line : shown(scene, view, {40, 120})) {
        for (const char c : line) BOOST_REQUIRE((c >= 0x20 && c <= 0x7e));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(actors_are_sorted_as_chosen) {
  const auto scene = usual_scene();
  View view;
  std::vector<std::string> by_start;
  for (const auto& actor : usual_actors) by_start.emplace_back(actor.name);
  BOOST_TEST(names_in(scene, view) == by_start, boost::test_tools::per_element());
  view.sort = Sort::waits;
  BOOST_TEST(names_in(scene, view).front() == "world");
  view.sort = Sort::rate;
  BOOST_TEST(names_in(scene, view).front() == "journal");
  view.sort = Sort::p99;
  BOOST_TEST(names_in(scene, view).front() == "engine");
  view.reverse = true;
  BOOST_TEST(names_in(scene, view).back() == "engine");
  view.reverse = false;
  view.sort = Sort::name;
  BOOST_TEST(names_in(scene, view).front() == "accounts");
}

BOOST_AUTO_TEST_CASE(the_choice_stays_with_its_actor_and_in_sight) {
  const auto scene = usual_scene();
  auto view = lay_out(scene, {}, {8, 80}, ascii_glyphs).view;
  BOOST_TEST(view.selected == "journal");
  for (int i = 0; i < 6; ++i) {
    BOOST_TEST(press(Key::down, scene, view));
    view = lay_out(scene, view, {8, 80}, ascii_glyphs).view;
  }
  BOOST_TEST(view.selected == "block producer");
  BOOST_TEST(has(shown(scene, view, {8, 80}), ">block producer"));
  view.sort = Sort::waits;
  BOOST_TEST(has(shown(scene, view, {8, 80}), ">block producer"));
  (void)press(Key::end, scene, view);
  BOOST_TEST(names_in(scene, view).back() == view.selected);
  (void)press(Key::down, scene, view);
  BOOST_TEST(names_in(scene, view).back() == view.selected);
  (void)press(Key::home, scene, view);
  BOOST_TEST(view.selected == "world");
  view.selected = "an actor that went away";
  BOOST_TEST(lay_out(scene, view, {8, 80}, ascii_glyphs).view.selected == "world");
}

BOOST_AUTO_TEST_CASE(an_actor_s_page_has_its_edges_and_messages_newest_first) {
  const auto scene = scene_of_messages();
  View view;
  view.selected = "mempool";
  BOOST_TEST(press(Key::enter, scene, view));
  auto lines = shown(scene, view, {24, 80});
  BOOST_TEST(has(lines, "mempool  idle  1 waiting  51.0/s"));
  BOOST_TEST(has(lines, "out  journal 51.2/s (5000)"));
  BOOST_TEST(has(lines, "in   nobody so far"));
  BOOST_TEST(has(lines, "22:13:20.040 door 1 MempoolCommand"));
  BOOST_TEST(has(lines, "{\"submit\":40}"));
  BOOST_TEST(!has(lines, "{\"submit\":1}"));
  BOOST_TEST(!has(lines, "standing still"));
  (void)press(Key::end, scene, view);
  view = lay_out(scene, view, {24, 80}, ascii_glyphs).view;
  lines = shown(scene, view, {24, 80});
  BOOST_TEST(has(lines, "{\"submit\":1}"));
  BOOST_TEST(!has(lines, "{\"submit\":40}"));
  BOOST_TEST(has(lines, "standing still"));
  (void)press(Key::home, scene, view);
  BOOST_TEST(has(shown(scene, view, {24, 80}), "{\"submit\":40}"));
  BOOST_TEST(press(Key::back, scene, view));
  BOOST_TEST((view.page == Page::actors));
  BOOST_TEST(view.selected == "mempool");
}

BOOST_AUTO_TEST_CASE(messages_of_another_actor_are_not_shown) {
  const auto scene = scene_of_messages();
  View view;
  view.page = Page::actor;
  view.selected = "journal";
  const auto lines = shown(scene, view, {24, 80});
  BOOST_TEST(!has(lines, "MempoolCommand"));
  BOOST_TEST(has(lines, "none since this was opened"));
}

BOOST_AUTO_TEST_CASE(the_edges_page_begins_with_the_busiest) {
  View view;
  view.page = Page::edges;
  const auto lines = shown(usual_scene(), view, {24, 80});
  const auto at = [&](const char* words) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].find(words) != std::string::npos) return i;
    }
    return lines.size();
  };
  BOOST_TEST(at("outside") < at("mempool"));
  BOOST_TEST(at("mempool") < at("world"));
  BOOST_TEST(has(lines, "5000"));
}

BOOST_AUTO_TEST_CASE(help_comes_and_goes_and_quit_ends) {
  const auto scene = usual_scene();
  View view;
  view.page = Page::edges;
  BOOST_TEST(press(Key::help, scene, view));
  BOOST_TEST(has(shown(scene, view, {24, 80}), "this help"));
  BOOST_TEST(press(Key::down, scene, view));
  BOOST_TEST((view.page == Page::help));
  BOOST_TEST(press(Key::other, scene, view));
  BOOST_TEST((view.page == Page::edges));
  BOOST_TEST(!press(Key::quit, scene, view));
}

BOOST_AUTO_TEST_CASE(a_lost_node_is_told_above_what_was_seen_last) {
  auto scene = usual_scene();
  scene.trouble = "LOST for 3.0 s, trying again: no node answers";
  const auto lines = shown(scene, {}, {24, 80});
  BOOST_TEST(lines[1].find("LOST for 3.0 s") == 0u);
  BOOST_TEST(has(lines, "mempool"));
  const Scene nothing;
  BOOST_TEST(has(shown(nothing, {}, {24, 80}), "waiting for the first snapshot"));
}

BOOST_AUTO_TEST_CASE(lints_stand_on_top_and_mark_their_actor) {
  auto scene = usual_scene();
  scene.lints = {{Lint::Kind::mailbox_grows, "world", "the mailbox of world has only grown"}};
  const auto lines = shown(scene, {}, {24, 80});
  BOOST_TEST(has(lines, "! the mailbox of world has only grown"));
  BOOST_TEST(has(lines, "!world"));
  scene.lints.assign(5, scene.lints.front());
  BOOST_TEST(has(shown(scene, {}, {24, 80}), "! and 3 more"));
}

BOOST_AUTO_TEST_SUITE_END()
