// BlueZ's objects, as a value.
#include "heartrate/bluez_objects.h"

namespace sluice::heartrate {

void BluezObjects::apply(const BluezSignal& signal) {
  std::visit([this](const auto& what) { apply(what); }, signal.what);
}

void BluezObjects::apply(const InterfacesAdded& added) {
  BluezInterfaces& interfaces = objects_[added.path];
  for (const auto& [name, properties] : added.interfaces) {
    interfaces[name] = properties;
  }
}

void BluezObjects::apply(const InterfacesRemoved& removed) {
  const auto object = objects_.find(removed.path);
  if (object == objects_.end()) {
    return;
  }
  for (const std::string& name : removed.interfaces) {
    object->second.erase(name);
  }
  if (object->second.empty()) {
    objects_.erase(object);
  }
}

void BluezObjects::apply(const PropertiesChanged& changed) {
  const auto object = objects_.find(changed.path);
  if (object == objects_.end()) {
    return;
  }
  const auto interface = object->second.find(changed.interface);
  if (interface == object->second.end()) {
    return;
  }
  for (const auto& [name, value] : changed.changed) {
    interface->second[name] = value;
  }
  for (const std::string& name : changed.invalidated) {
    interface->second.erase(name);
  }
}

const BluezProperties* BluezObjects::find(std::string_view path, std::string_view interface) const {
  const auto object = objects_.find(path);
  if (object == objects_.end()) {
    return nullptr;
  }
  const auto found = object->second.find(interface);
  return found == object->second.end() ? nullptr : &found->second;
}

bool is_below(std::string_view path, std::string_view parent) {
  return path.size() > parent.size() && path.starts_with(parent) && path[parent.size()] == '/';
}

}  // namespace sluice::heartrate
