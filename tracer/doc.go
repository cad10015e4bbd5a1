// Package tracer runs a command and records every file that it and all its
// descendants touch.
package tracer
