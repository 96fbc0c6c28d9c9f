// The part of check() for delivery streams without a ledger: their objects prove each other.
#pragma once

#include "proof/check.h"
#include "proof/facts.h"

#include <span>

namespace sluice::proof {

// `objects` are those whose proof names `delivery`; adds to `verdict` what they show.
void check_without_ledger(const Facts& facts,
                          const store::DeliveryId& delivery,
                          std::span<const FoundObject* const> objects,
                          Verdict& verdict);

}  // namespace sluice::proof
