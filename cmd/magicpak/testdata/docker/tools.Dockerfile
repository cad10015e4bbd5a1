# The image magicpak-test-tools: what the Docker tests build and bundle. Add
# packages in a RUN of their own, so that the steps before it stay cached.
FROM magicpak-test-debian
RUN mkdir -p /usr/share/man/man1 && apt-get update
RUN apt-get install -y --no-install-recommends clang-format g++ gcc libc6-dev python3
RUN apt-get install -y --no-install-recommends curl nginx-light
