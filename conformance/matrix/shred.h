// Trees of values into the columns of a batch, by the levels of Dremel.
#pragma once

#include "columnar/column.h"
#include "columnar/type.h"
#include "matrix/cells.h"

#include <vector>

namespace sluice::matrix {

// Appends one row; `batch` must be of `schema`.
void shred(const columnar::Schema& schema, const std::vector<Cell>& row, columnar::RowBatch& batch);

}  // namespace sluice::matrix
