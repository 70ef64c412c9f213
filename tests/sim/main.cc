// dosql_sim N [SEED] [--plant-missing-sync]: N simulated crashes; prints what they covered and, on
// failure, the seed that shows it again.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/sim/simulation.h"

int main(int argc, char** argv) {
  using namespace dosql::sim;
  uint64_t wanted = 0, first_seed = 1;
  bool plant = false;
  int numbers = 0;
  for (int i = 1; i < argc; i++) {
    if (!std::strcmp(argv[i], "--plant-missing-sync")) {
      plant = true;
    } else if (numbers++ == 0) {
      wanted = std::strtoull(argv[i], nullptr, 10);
    } else {
      first_seed = std::strtoull(argv[i], nullptr, 10);
    }
  }
  if (wanted == 0) {
    std::fprintf(stderr, "usage: dosql_sim N [SEED] [--plant-missing-sync]\n");
    return 2;
  }
  // Many lives of a moderate length: each has its own options, and old ones have big databases.
  constexpr uint32_t kCrashesPerLife = 200;
  Coverage c;
  uint64_t failures = 0;
  for (uint64_t seed = first_seed; c.crashes < wanted && failures == 0; seed++) {
    uint64_t left = wanted - c.crashes;
    Simulation simulation(seed, plant);
    std::string words = simulation.Run(
        static_cast<uint32_t>(left < kCrashesPerLife ? left : kCrashesPerLife), &c);
    if (!words.empty()) {
      std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), words.c_str());
      failures++;
    }
  }
  auto n = [](uint64_t v) { return static_cast<unsigned long long>(v); };
  std::printf("opens %llu, commits %llu (%llu of several rows), rollbacks %llu, savepoints %llu\n",
              n(c.opens), n(c.commits), n(c.many_row_commits), n(c.rollbacks), n(c.savepoints));
  std::printf("log rows %llu (ring %llu times round), checkpoints %llu, pages spilled %llu, "
              "cleaned %llu, extents at most %llu\n",
              n(c.log_rows), n(c.ring_rounds), n(c.checkpoints), n(c.spilled_pages),
              n(c.cleaned_pages), n(c.extents_max));
  std::printf("commits redone %llu, lost unacknowledged %llu, kept in flight %llu\n",
              n(c.redo_commits), n(c.lost_commits), n(c.kept_in_flight));
  std::printf("crashes in recovery %llu, puts failed %llu, rollbacks around us noticed %llu, "
              "out of memory %llu\n",
              n(c.crashes_in_recovery), n(c.failed_puts), n(c.stale), n(c.out_of_memory));
  std::printf("%llu crash points, %llu failures\n", n(c.crashes), n(failures));
  return failures == 0 ? 0 : 1;
}
