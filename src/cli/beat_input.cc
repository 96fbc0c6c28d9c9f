// The beats behind the inputs of a command.
#include "cli/beat_input.h"

#include "cli/beat_columns.h"
#include "cli/beat_lines.h"
#include "cli/file_listing.h"
#include "cli/input_file.h"
#include "parquet/file_reader.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::string_view bucket_scheme = "s3://";
constexpr std::string_view parquet_magic = "PAR1";

struct BeatFile {
  std::string path;
  bool is_named = false;
};

Result<std::vector<std::string>> folder_paths(const FileSystem& files, const std::string& folder) {
  SLUICE_TRY(names, files_below(files, folder));
  std::vector<std::string> paths;
  paths.reserve(names.size());
  for (const std::string& name : names) {
    paths.push_back(join_path(folder, name));
  }
  return paths;
}

Result<std::vector<std::string>> bucket_paths(const FileSystem& files,
                                              const std::string& data_directory,
                                              std::string_view location) {
  const std::size_t slash = std::min(location.find('/'), location.size());
  const std::string bucket(location.substr(0, slash));
  const std::string_view prefix = location.substr(std::min(slash + 1, location.size()));
  if (bucket.empty() || bucket == "." || bucket == "..") {
    return fail(Fault::invalid, "a bucket is written s3://NAME or s3://NAME/prefix");
  }
  const std::string folder = join_path(join_path(data_directory, "buckets"), bucket);
  if (!files.list(folder)) {
    return fail(Fault::missing,
                fmt::format("{} has no such bucket; --data-dir names the data directory of "
                            "the server",
                            data_directory));
  }
  SLUICE_TRY(keys, files_below(files, folder));
  std::vector<std::string> paths;
  for (const std::string& key : keys) {
    if (key.starts_with(prefix)) {
      paths.push_back(join_path(folder, key));
    }
  }
  return paths;
}

std::vector<std::string> paths_matching(const std::string& pattern) {
  ::glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return paths;
}

// The files an input stands for.
Result<std::vector<BeatFile>> files_of(const FileSystem& files,
                                       const BeatSource& source,
                                       const std::string& input) {
  std::vector<std::string> paths;
  if (input.starts_with(bucket_scheme)) {
    SLUICE_TRY(found,
               bucket_paths(files, source.data_directory, input.substr(bucket_scheme.size())));
    paths = std::move(found);
  } else if (files.list(input)) {
    SLUICE_TRY(found, folder_paths(files, input));
    paths = std::move(found);
  } else if (input != standard_input && !files.exists(input)) {
    for (const std::string& path : paths_matching(input)) {
      if (files.list(path)) {
        SLUICE_TRY(below, folder_paths(files, path));
        std::ranges::move(below, std::back_inserter(paths));
      } else {
        paths.push_back(path);
      }
    }
    if (paths.empty()) {
      return fail(Fault::missing, "there is no such file or folder");
    }
  } else {
    return std::vector<BeatFile>{{input, true}};
  }
  if (paths.empty()) {
    return fail(Fault::missing, "there is no file in it");
  }
  std::vector<BeatFile> out;
  out.reserve(paths.size());
  for (std::string& path : paths) {
    out.push_back({std::move(path), false});
  }
  return out;
}

Result<RecordedBeats> read_lines(const std::string& path) {
  SLUICE_TRY(input, InputFile::open(path));
  LineReader lines([&input](char* to, std::size_t count) { return input.read(to, count); }, {});
  return read_beat_lines(lines);
}

Result<RecordedBeats> read_file_of_beats(FileSystem& files, const std::string& path) {
  if (path == standard_input) {
    return read_lines(path);
  }
  SLUICE_TRY(file, files.open(path, OpenMode::read));
  Bytes head;
  SLUICE_TRY_DO(file->read_at(0, parquet_magic.size(), head));
  if (head != parquet_magic) {
    return read_lines(path);
  }
  SLUICE_TRY(reader, parquet::FileReader::open(*file));
  return read_beat_columns(reader);
}

}  // namespace

Result<BeatInput> read_beats(FileSystem& files, const BeatSource& source) {
  BeatInput out;
  std::size_t beats = 0;
  for (const std::string& input : source.inputs) {
    auto found = files_of(files, source, input);
    if (!found) {
      out.left_out.push_back({input, 0, found.error().message(), true});
      continue;
    }
    for (const BeatFile& file : *found) {
      auto recorded = read_file_of_beats(files, file.path);
      if (!recorded) {
        if (recorded.error().fault() == Fault::cancelled) {
          return std::unexpected(std::move(recorded).error());
        }
        out.left_out.push_back({file.path,
                                0,
                                recorded.error().message(),
                                file.is_named,
                                recorded.error().fault() == Fault::invalid});
        continue;
      }
      beats += recorded->beats.size();
      if (beats > beats_max) {
        return too_many_beats();
      }
      if (recorded->refused > 0) {
        out.left_out.push_back(
            {file.path, recorded->refused, recorded->refused_first_why, file.is_named});
      }
      out.recordings.push_back(std::move(recorded->beats));
    }
  }
  return out;
}

}  // namespace sluice::cli
