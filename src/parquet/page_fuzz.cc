// Arbitrary bytes as the pages of a column chunk: decoding them must end in values or errors,
// within the memory allowed.  The first bytes choose the column's type, levels and codec.
#include "base/bytes.h"
#include "parquet/column_reader.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::parquet;
  constexpr std::size_t choices = 5;
  constexpr std::size_t memory_max = std::size_t{4} << 20;
  if (size < choices) {
    return 0;
  }
  SchemaElement element;
  element.type = static_cast<PhysicalType>(data[0] % 8);
  element.type_length = 1 + data[0] / 8;
  SchemaLeaf leaf;
  leaf.definition_max = data[1] % 5;
  leaf.repetition_max = data[1] % 5 == 0 ? 0 : data[1] / 5 % (leaf.definition_max + 1);
  ColumnMetaData column;
  column.codec = static_cast<CodecId>(data[2] % 8);
  column.num_values = data[3] | data[4] << 8;
  const ChunkToRead chunk{.meta_data = column,
                          .element = element,
                          .leaf = leaf,
                          .rows = column.num_values,
                          .bytes_max = memory_max};
  const sluice::ByteView pages(reinterpret_cast<const char*>(data) + choices, size - choices);
  static_cast<void>(read_chunk(pages, chunk));
  return 0;
}
