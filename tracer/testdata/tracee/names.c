// setup: echo 1 >"$(printf '\377\200x')"; echo 2 >'a b'; echo 3 >"$(printf 'n\nl')"
// want: open \xff\x80x
// want: open a b
// want: open n\x0al
// want: open crossing ENOENT
// want: open ././././a b -> a b
#include "tracee.h"
int main(void)
{
	char *two = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	say("bytes", open("\377\200x", O_RDONLY));
	say("space", open("a b", O_RDONLY));
	say("newline", open("n\nl", O_RDONLY));
	say("crossing", open(strcpy(two + 4096 - 4, "crossing"), O_RDONLY));
	mprotect(two + 4096, 4096, PROT_NONE);
	say("cut", open(two + 4096 - 4, O_RDONLY));
	strcpy(two + 4096 - 14, "././././a b");
	say("at the end", open(two + 4096 - 14, O_RDONLY));
	char *huge = malloc(10000);
	memset(huge, 'x', 9999);
	huge[9999] = 0;
	say("too long", open(huge, O_RDONLY));
	return 0;
}
