package implied

// programs: what single programs open.
var programs = []Rule{}

// byStrings: what only the strings of an object tell.
var byStrings = []Rule{}
