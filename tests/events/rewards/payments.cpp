// What comes of a closed period: paid, reopened, taken back.
#include "events/rewards/rewards.hpp"

#include <random>

#include "events/rewards/composition.hpp"
#include "tests/events/rewards/books.hpp"
#include "tests/fixture/print.hpp"

using namespace horae;
using namespace horae::test;
using schema::BlockCounting;
using schema::ReopenCause;

BOOST_AUTO_TEST_SUITE(rewards)

BOOST_AUTO_TEST_CASE(a_reverted_submission_reopens_and_is_composed_anew) {
  Books books(Rules{});
  books.two_epochs();
  books.close();
  const auto started = books.state.started_at;
  BOOST_TEST(refused(books.command(reopen_command(2, 2)), Reason::NOT_DUE, "composition 2"));
  BOOST_TEST(refused(books.command(reopen_command(3, 1)), Reason::NOT_DUE, "batch 3"));
  const auto reopened = fact_of(books.reopen()).read().getPeriodReopened();
  BOOST_TEST((reopened.getComposition() == 1 && reopened.getCause() == ReopenCause::REVERTED));
  BOOST_TEST((!books.state.closed && books.state.started_at == started));
  BOOST_TEST(accepted_without_facts(books.command(reopen_command(2, 1))));
  // Since: the key of 2 has changed, and an epoch is over.
  books.pool.members[2].signer = filled_address(22);
  books.seal(4, 1, 1);
  BOOST_TEST(books.close().ok());
  BOOST_TEST((books.closed().getComposition() == 2 && books.closed().getEndEpoch() == 3));
  BOOST_TEST(number(books.closed().getBatchId()) == 2);
  BOOST_TEST((fixed<Address>(books.closed().getLines()[1].getSigner()) == filled_address(22)));
  // The old one again, late: nothing.
  BOOST_TEST(accepted_without_facts(books.command(reopen_command(2, 1))));
  BOOST_TEST(books.state.closed.has_value());
  const auto paid = fact_of(books.distribute(landed(books.closed()))).read().getBatchPaid();
  BOOST_TEST(paid.getComposition() == 2u);
  BOOST_TEST(refused(books.command(reopen_command(2, 2)), Reason::NOT_DUE, "not closed"));
  books.replays();
}

BOOST_AUTO_TEST_CASE(somebody_elses_batch_holds) {
  Books books(Rules{});
  books.two_epochs();
  books.close();
  // One block fewer to 2, one sequencer that we know nothing of, 1 in two parts.
  Batch batch{2, 1, 2, {{1, 3}, {2, 3}, {1, 2}, {7, 1}}};
  const auto paid = fact_of(books.distribute(batch)).read().getBatchPaid();
  BOOST_TEST((paid.getComposition() == 0 && paid.getSplitKnown() && !paid.getAgrees()));
  BOOST_REQUIRE(paid.getLines().size() == 3u);
  BOOST_TEST(number(paid.getLines()[0].getPaidBlocks()) == 5);
  BOOST_TEST(number(paid.getLines()[0].getPaidAmount()) ==
             number(paid.getLines()[0].getComputedAmount()));
  BOOST_TEST(number(paid.getLines()[1].getComputedAmount()) == usual_rpb * 4);
  BOOST_TEST(number(paid.getLines()[1].getPaidAmount()) == usual_rpb * 3);
  BOOST_TEST((paid.getLines()[2].getComputedBlocks() == 0));
  BOOST_TEST((!books.state.closed && books.state.compositions == 0));
  BOOST_TEST(books.state.started_at == batch.timestamp);
  // The next period begins behind it.
  books.seal(4, 2, 1);
  books.seal(5, 1, 1);
  books.close();
  BOOST_TEST((number(books.closed().getBatchId()) == 3 && books.closed().getStartEpoch() == 3));
  BOOST_TEST(books.closed().getComposition() == 1u);
  books.replays();
}

BOOST_AUTO_TEST_CASE(a_batch_whose_parts_are_not_known_is_compared_by_its_sum) {
  Books books(Rules{});
  books.two_epochs();
  books.close();
  auto batch = landed(books.closed());
  batch.split_known = false;
  auto twin = books;
  const auto paid = fact_of(books.distribute(batch)).read().getBatchPaid();
  BOOST_TEST((!paid.getSplitKnown() && paid.getAgrees() && paid.getComposition() == 1));
  BOOST_TEST(number(paid.getLines()[0].getPaidAmount()) == 0);
  BOOST_TEST(number(paid.getAmount()) == usual_rpb * 9);
  batch.credits[0].second -= 1;
  const auto less = fact_of(twin.distribute(batch)).read().getBatchPaid();
  BOOST_TEST((!less.getSplitKnown() && !less.getAgrees() && less.getComposition() == 0));
}

BOOST_AUTO_TEST_CASE(an_unpaid_batch_may_land_again) {
  Books books(Rules{});
  books.two_epochs();
  books.close();
  books.reopen();
  books.close();  // composition 2
  const auto first = landed(books.closed());
  std::vector<Bytes> before{standing_of(books.state)};
  books.distribute(first);
  books.seal(4, 2, 2);
  books.seal(5, 1, 1);
  books.close();
  const auto second = landed(books.closed());
  before.push_back(standing_of(books.state));
  books.distribute(second);
  const auto at_end = standing_of(books.state);

  // Both at once, newest first.
  const auto both = books.take_back(2);
  BOOST_REQUIRE(both.facts.size() == 2u);
  BOOST_TEST((both.facts[0].after == 2 && both.facts[1].after == 2));
  BOOST_TEST(number(fact_of(both, 0).read().getBatchUnpaid().getBatchId()) == 3);
  BOOST_TEST(number(fact_of(both, 1).read().getBatchUnpaid().getBatchId()) == 2);
  BOOST_TEST((standing_of(books.state) == before[0]));
  BOOST_TEST((books.closed().getComposition() == 2 && books.state.compositions == 2));
  BOOST_TEST(accepted_without_facts(unpay(books.state, 1, {}, 0)));
  // The same bytes land again: the same state, the composition of the batch after it closed again.
  BOOST_TEST(fact_of(books.distribute(first)).read().getBatchPaid().getComposition() == 2u);
  BOOST_TEST((standing_of(books.state) == before[1]));
  BOOST_TEST(fact_of(books.distribute(second)).read().getBatchPaid().getComposition() == 1u);
  BOOST_TEST((standing_of(books.state) == at_end));
  // And one by one.
  books.take_back(1);
  BOOST_TEST((standing_of(books.state) == before[1]));
  books.take_back(1);
  BOOST_TEST((standing_of(books.state) == before[0]));
  books.replays();
}

BOOST_AUTO_TEST_CASE(a_composition_number_is_never_used_twice) {
  Books books(Rules{});
  books.two_epochs();
  books.close();
  const auto first = landed(books.closed());
  books.distribute(first);
  books.seal(4, 2, 2);
  books.seal(5, 1, 1);
  books.close();  // batch 3, composition 1: it may be signed from here on
  // L1 takes batch 2 back, and somebody else's takes its place, with another end.
  books.take_back(1);
  BOOST_TEST(number(books.closed().getBatchId()) == 2);
  books.distribute({2, 1, 3, {{1, 5}, {2, 4}}});
  BOOST_TEST(!books.state.closed.has_value());
  books.seal(6, 1, 1);
  books.close();
  BOOST_TEST((number(books.closed().getBatchId()) == 3 && books.closed().getComposition() == 2));
  BOOST_TEST(books.closed().getStartEpoch() == 4u);
  books.replays();
}

BOOST_AUTO_TEST_CASE(somebody_elses_batch_is_taken_back) {
  Books books(Rules{});
  books.two_epochs();
  books.close();
  const auto before = standing_of(books.state);
  books.distribute({2, 1, 3, {{1, 1}}});
  books.take_back(1);
  BOOST_TEST((standing_of(books.state) == before));
  const auto paid = fact_of(books.distribute(landed(books.closed()))).read().getBatchPaid();
  BOOST_TEST(paid.getComposition() == 1u);
  books.replays();
}

BOOST_AUTO_TEST_CASE(any_life_replays_and_every_return_restores) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::mt19937 random(seed);
      const auto below = [&](std::uint64_t n) { return random() % n; };
      Books books(
          Rules{.period_s = 50,
                .counting = below(2) == 0 ? BlockCounting::ALLOTTED : BlockCounting::PRODUCED});
      std::uint64_t epoch = 1;
      std::vector<Bytes> before;
      std::map<std::pair<U256, std::uint32_t>, Bytes> calls;
      for (unsigned step = 0; step < 120; ++step) {
        switch (below(9)) {
          case 0:
          case 1:
          case 2:
            books.seal(epoch, static_cast<unsigned>(1 + below(3)), 1 + below(3), 1 + below(3));
            epoch += below(3);
            break;
          case 3:
            books.command(close_command(books.time + below(100)));
            break;
          case 4:
            if (books.state.closed) books.reopen();
            break;
          case 5:
            if (!books.state.closed) break;
            before.push_back(standing_of(books.state));
            books.distribute(landed(books.closed()));
            break;
          case 6: {
            if (below(3) != 0) break;
            Batch batch{books.pool.batch_id + 1,
                        books.pool.end_epoch + 1,
                        books.pool.end_epoch + 2 + below(2),
                        {{1, below(4)}, {3, below(4)}}};
            batch.split_known = below(2) == 0;
            batch.timestamp = books.time;
            before.push_back(standing_of(books.state));
            books.distribute(batch);
            break;
          }
          case 7: {
            const auto back =
                std::min<std::size_t>(below(3), std::min(before.size(), kept_batches));
            if (back == 0 || books.state.paid.size() <= back) break;
            // As long as all that was kept then is kept still.
            const bool whole = books.state.paid.size() <= kept_batches;
            books.take_back(back);
            if (whole) BOOST_TEST((standing_of(books.state) == before[before.size() - back]));
            before.resize(before.size() - back);
            break;
          }
          case 8:
            if (below(2) == 0) {
              books.pool.members[2].signer = filled_address(static_cast<std::uint8_t>(below(200)));
            } else {
              books.pool.members[1].retired = !books.pool.members[1].retired;
            }
            break;
        }
        if (books.state.closed) {
          // No composition ever gets a second content.
          const auto closed = books.closed();
          const auto call = batch_call(closed);
          const auto [at, fresh] =
              calls.try_emplace({number(closed.getBatchId()), closed.getComposition()}, call);
          BOOST_TEST_REQUIRE((fresh || at->second == call));
        }
      }
      books.replays();
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
