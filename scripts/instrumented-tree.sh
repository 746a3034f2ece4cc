# To be sourced, with $root (the repository) and $work (the folder of this build) set: a copy of the sources
# in $work/tree with an addon that is compiled in its own way, and its library and tests.
tree=$work/tree

# Files that have not changed keep their times, so that make compiles only what has. Ends in the tree.
copy_sources() {
  mkdir -p "$tree"
  git ls-files -co --exclude-standard -- . ':!test/fuzz/corpus' | sort -u | while IFS= read -r file; do
    if [[ -f $file ]]; then echo "$file"; fi
  done >"$work/listed"
  while IFS= read -r file; do
    cmp -s "$file" "$tree/$file" && continue
    mkdir -p "$tree/$(dirname "$file")"
    cp "$file" "$tree/$file"
  done <"$work/listed"
  ln -sfn "$root/node_modules" "$tree/node_modules"
  ln -sfn "$root/test/nodes/node_modules" "$tree/test/nodes/node_modules"
  cd "$tree"
  find . -type f -not -path './build*' -not -path './dist/*' | cut -c3- | sort >"$work/present"
  comm -13 "$work/listed" "$work/present" | while IFS= read -r gone; do rm -- "$gone"; done
}

# With the variables of binding.gyp that are given. It finds the sources by their place: gyp has to look
# again when there are others.
build_addon() {
  local now
  now=$(node -p process.version && grep '^native/.*\.cc$' "$work/listed" && cat binding.gyp)
  if [[ ! -f build/Makefile || $now != "$(cat "$work/configured" 2>/dev/null)" ]]; then
    npx node-gyp configure -- "$@"
    echo "$now" >"$work/configured"
  fi
  make --silent --directory build --jobs "$(nproc)" BUILDTYPE=Release
}

build_tests() {
  npx tsc -p tsconfig.json --incremental --tsBuildInfoFile "$work/lib.tsbuildinfo"
  # The compiler leaves the output of sources that are gone.
  comm -13 <(sed -n 's/^\(test\/.*\)\.ts$/\1/p' "$work/listed" | sort) \
    <(cd build-test 2>/dev/null && find . -name '*.js' | sed 's/^\.\(.*\)\.js$/test\1/' | sort) |
    while IFS= read -r gone; do rm -f "build-${gone}.js" "build-${gone}.js.map"; done
  npx tsc -p test/tsconfig.json --incremental --tsBuildInfoFile "$work/test.tsbuildinfo"
}
