# The image magicpak-test-languages of TestCases: interpreters and compilers.
FROM magicpak-test-tools
RUN apt-get update && apt-get -o DPkg::Options::=--force-unsafe-io install -y --no-install-recommends \
  nodejs openjdk-17-jdk-headless python3-numpy python3-yaml
RUN apt-get -o DPkg::Options::=--force-unsafe-io install -y --no-install-recommends libpython3-dev python3-venv
