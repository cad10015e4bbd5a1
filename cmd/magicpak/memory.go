package main

import "runtime/debug"

const (
	memoryFloor    = 47 << 20 // bytes
	memoryPerEntry = 480      // of a large manifest, with what belongs to each entry
)

// limitMemory has garbage collected early, so that a bundle of a hundred
// thousand files fits into a small build container. A manifest of more entries
// gets more, since a limit below what is in use would only cost time.
func limitMemory(entries int) {
	debug.SetMemoryLimit(max(memoryFloor, int64(entries)*memoryPerEntry))
}
