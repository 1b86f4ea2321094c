#include "tools/inspect/keys.hpp"

#include <algorithm>
#include <limits>

#include "tools/inspect/lines.hpp"

namespace horae::inspect {
namespace {

constexpr auto the_end = std::numeric_limits<std::size_t>::max() / 2;

// By so many rows from where it is, as far as there are any.
std::size_t moved(std::size_t from, Key key, std::size_t page) {
  switch (key) {
    case Key::up:
      return from - std::min<std::size_t>(from, 1);
    case Key::page_up:
      return from - std::min(from, page);
    case Key::down:
      return from + 1;
    case Key::page_down:
      return from + page;
    case Key::home:
      return 0;
    case Key::end:
      return the_end;
    default:
      return from;
  }
}

void choose(Key key, const Scene& scene, View& view) {
  if (!scene.snapshot) return;
  const auto actors = (**scene.snapshot).getActors();
  const auto order = sorted_actors(**scene.snapshot, view);
  if (order.empty()) return;
  std::size_t at = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (view.selected == actors[order[i]].getName().cStr()) at = i;
  }
  at = std::min(moved(at, key, view.page_rows), order.size() - 1);
  view.selected = actors[order[at]].getName().cStr();
}

void go(Page page, View& view) {
  view.page = page;
  view.scroll = 0;
}

Sort next(Sort sort) {
  return sort == Sort::p99 ? Sort::start : static_cast<Sort>(static_cast<int>(sort) + 1);
}

}  // namespace

bool press(Key key, const Scene& scene, View& view) {
  if (key == Key::quit) return false;
  // A long help scrolls; whatever does not move leaves it.
  if (view.page == Page::help && moved(1, key, 1) == 1) {
    go(view.before_help, view);
    return true;
  }
  switch (key) {
    case Key::up:
    case Key::down:
    case Key::page_up:
    case Key::page_down:
    case Key::home:
    case Key::end:
      if (view.page == Page::actors) {
        choose(key, scene, view);
      } else {
        view.scroll = moved(view.scroll, key, view.page_rows);
      }
      return true;
    case Key::enter:
      if (view.page == Page::actors && !view.selected.empty()) go(Page::actor, view);
      return true;
    case Key::back:
      if (view.page != Page::actors) go(Page::actors, view);
      return true;
    case Key::edges:
      go(view.page == Page::edges ? Page::actors : Page::edges, view);
      return true;
    case Key::sort:
      view.sort = next(view.sort);
      return true;
    case Key::reverse:
      view.reverse = !view.reverse;
      return true;
    case Key::pause:
      view.paused = !view.paused;
      return true;
    case Key::help:
      view.before_help = view.page;
      go(Page::help, view);
      return true;
    case Key::quit:
    case Key::other:
      return true;
  }
  return true;
}

}  // namespace horae::inspect
