// Runs programs over records (serde/row_loop.h), by the instruction set that is chosen.
#pragma once

#include "base/bytes.h"
#include "json/tape.h"
#include "json/wide.h"
#include "serde/row_program.h"
#include "serde/row_sinks.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice::serde {

// Programs of the shapes that are known, and the sinks that all of them fill.
struct KnownRows {
  std::vector<RowProgram> programs;
  std::vector<RowSink> fields;
  std::vector<TreeSink> trees;
  std::size_t last = 0;  // the program that took the last record
  json::Tape tape;       // of values that programs leave to the full parser
  Bytes moved;           // reused: copies of records
};

// What a run of records gave: each is a row.
struct RunLength {
  std::size_t rows = 0;
  std::size_t bytes = 0;    // of text, line ends included
  bool has_missed = false;  // whether a record ended the run
};

// Fills the rows from the first on, until `rows_max` of them or a record that no program takes.
// Lines are whole: a last one without its end is not taken.
using RunLines = RunLength (*)(KnownRows& known, ByteView text, std::size_t rows_max);
using RunRecords = RunLength (*)(KnownRows& known, std::span<const ByteView> records);

// The loops for an instruction set that this machine has.
struct RowRunner {
  RunLines run_lines;
  RunRecords run_records;
};

RowRunner row_runner(json::InstructionSet set);

#if SLUICE_HAS_AVX
extern const RowRunner avx2_row_runner;
extern const RowRunner avx512_row_runner;
#endif

}  // namespace sluice::serde
