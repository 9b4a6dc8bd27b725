// What a journal's directory holds, for reading: its generations, and the files of one of them.
//
// Any process, any thread, also beside a Holdfast that writes there: files are opened before they are read,
// so retention cannot take them away, and what is read of a segment is what it held when it was opened.
// Nothing in the directory is changed.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/file_reader.h"
#include "journal/manifest.h"
#include "journal/record.h"

namespace holdfast::journal {

struct Generation {
  Manifest manifest;
  bool is_current = false;
  bool is_aside() const { return manifest.is_aside; }
  uint64_t number() const { return manifest.generation; }
  // The oldest one: nothing before it can be had.
  const Manifest::Base& first_base() const;
};

struct Archive {
  std::string dir;
  std::vector<Generation> generations;  // oldest first, at least one
  // Manifests that cannot be read; their generations are missing above.
  std::vector<Error> damaged;

  const Generation* find(uint64_t number) const;
  // "generations 1 to 3", for messages.
  std::string extent() const;
};

// Of the current generation, with the sentences of everything that reads a journal. kInvalid: `dir` is no
// journal, or half a copy of one; kCorrupt: the manifest is damaged.
Result<Manifest> read_current_manifest(const std::string& dir);

// kInvalid: there is no journal; kCorrupt: the manifest of the current generation is damaged.
Result<Archive> read_archive(const std::string& dir);

// A generation with every file open.
struct OpenGeneration {
  struct Base {
    Manifest::Base facts;
    std::unique_ptr<FileReader> file;  // null when `damage` says that it is missing
    size_t first_segment = 0;          // the one that goes on where it ends
    std::optional<Error> damage;       // missing, or of another size
  };
  struct Segment {
    std::unique_ptr<FileReader> file;
    SegmentHeader header;
    uint64_t header_bytes = 0;
    uint64_t stop_at = std::numeric_limits<uint64_t>::max();  // where the next one begins
  };

  Manifest manifest;
  bool is_current = false;
  std::vector<Base> bases;        // oldest first: one, and one more for each compaction
  std::vector<Segment> segments;  // in order: one unbroken stream from the first base on
  // The first thing that is wrong with the segments as a whole: one is missing, or does not begin where the
  // one before it ends. `segments` has those before it.
  std::optional<Error> damage;

  uint64_t bytes() const;  // of all files
};

// Its manifest is read anew: the generation may have grown. kInvalid: there is no such generation (any more).
Result<OpenGeneration> open_generation(const std::string& dir, uint64_t number);

// Whether the files that a redis-server would load now are all there, with the right beginnings: before
// anything is started or changed because of them.
Status check_newest(const std::string& dir);

// The same sentence everywhere.
Error no_such_generation(const Archive& archive, uint64_t number);

}  // namespace holdfast::journal
