// One small course of events, struck once at every place where anything can go wrong.
#include "sim/delivery_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

namespace sluice::sim {
namespace {

struct Course {
  bool is_json = false;
  bool moves_file = false;  // the bucket takes the spool file away
  PartitionRule partitions{};
  bool parks = false;  // after every few records
  Strike::What what = Strike::What::dies;
  Death death = Death::kill;
  int disk_error = 0;
};

// Two shards of which one is split, good and bad records, several objects, an orderly end and a
// second life.  What the model has to say; `strikes` tells whether there were so many places.
std::string run(const Course& course, std::uint64_t place, bool& strikes) {
  DeliveryWorld world({.seed = 3,
                       .shards = 2,
                       .is_json = course.is_json,
                       .partitions = course.partitions,
                       .bucket = {.moves_file = course.moves_file},
                       .death = course.death,
                       .disk_error = course.disk_error});
  world.settings().size_hint_bytes = 300;
  world.settings().interval = std::chrono::minutes(1);
  if (course.parks) {
    world.settings().replay_window.bytes_max = 30;
  }
  world.faults().strike({.what = course.what, .nth = place});
  for (std::uint32_t record = 0; record < 8; ++record) {
    world.accept(record % 2, record % 5 == 3);
    world.clock().advance(std::chrono::seconds(1));
  }
  world.source().show_all();
  world.step_until_idle();
  world.source().split(0);
  for (std::uint32_t record = 0; record < 8; ++record) {
    world.accept(1 + record % 3, record % 5 == 3);
    world.clock().advance(std::chrono::seconds(1));
  }
  world.source().show_all();
  world.clock().advance(std::chrono::minutes(2));
  world.step_until_idle();
  world.source().trim();
  if (world.runner() != nullptr) {
    world.runner()->stop();
    world.step_until_idle();
  }
  world.accept(1);
  world.source().show_all();
  world.step_until_idle();
  strikes = world.faults().has_struck();
  return world.come_to_rest({.size_hint_max = 300});
}

// Strikes one place after the other until there are no more of them.
std::uint64_t strike_every_place(const Course& course) {
  std::uint64_t places = 0;
  for (bool strikes = true; strikes;) {
    const std::string problem = run(course, places + 1, strikes);
    EXPECT_EQ(problem, "") << "at place " << places + 1;
    places += strikes ? 1 : 0;
  }
  return places;
}

std::vector<Course> courses(Strike::What what, Death death, int disk_error) {
  std::vector<Course> out;
  for (const bool is_json : {false, true}) {
    for (const bool moves_file : {false, true}) {
      out.push_back({is_json, moves_file, {}, moves_file, what, death, disk_error});
    }
    out.push_back({is_json,
                   true,
                   {.partitions = 3, .splits = !is_json, .drops = true},
                   true,
                   what,
                   death,
                   disk_error});
  }
  return out;
}

void expect_right(Strike::What what, Death death, int disk_error = 0) {
  for (const Course& course : courses(what, death, disk_error)) {
    const std::uint64_t places = strike_every_place(course);
    EXPECT_GT(places, 100U);
    std::printf("%s, %s, %u partition(s)%s: %llu places\n",
                course.is_json ? "JSON to Parquet" : "lines",
                course.moves_file ? "the file becomes the object" : "the file is sent",
                std::max(1U, course.partitions.partitions),
                course.parks ? ", parked often" : "",
                static_cast<unsigned long long>(places));
  }
}

TEST(EveryPoint, AKillThereLosesAndRepeatsNothing) {
  expect_right(Strike::What::dies, Death::kill);
}

TEST(EveryPoint, APowerCutThereLosesAndRepeatsNothing) {
  expect_right(Strike::What::dies, Death::power_cut);
}

TEST(EveryPoint, AFailureThereLosesAndRepeatsNothing) {
  expect_right(Strike::What::fails, Death::kill, EIO);
}

TEST(EveryPoint, AFullDiskThereLosesAndRepeatsNothing) {
  expect_right(Strike::What::fails, Death::kill, ENOSPC);
}

}  // namespace
}  // namespace sluice::sim
