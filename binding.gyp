{
  # One target. It uses the headers of the OpenSSL inside Node and links no libssl: the symbols are
  # found in the running executable.
  "variables": { "sanitize%": "0", "gcov%": "0" },
  "targets": [
    {
      "target_name": "bladessl",
      "sources": [
        "<!@(node -p \"require('fs').readdirSync('native',{recursive:true}).filter(f=>f.endsWith('.cc')).map(f=>'native/'+f.split(require('path').sep).join('/')).sort().join(' ')\")"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")", "."],
      "defines": [
        "NAPI_VERSION=8",
        "BLADESSL_VERSION=<!(node -p \"require('./package.json').version\")",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        "NODE_ADDON_API_CPP_EXCEPTIONS",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
        "OPENSSL_API_COMPAT=0x30000000L",
        "OPENSSL_NO_DEPRECATED"
      ],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-std=c++17", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-cast-function-type"],
      "ldflags": ["-Wl,-z,now", "-Wl,-z,nodelete"],
      "xcode_settings": {
        "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
        "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
        "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
        "MACOSX_DEPLOYMENT_TARGET": "11.0",
        "OTHER_LDFLAGS": ["-Wl,-bind_at_load"]
      },
      "msvs_settings": {
        "VCCLCompilerTool": { "ExceptionHandling": 1, "AdditionalOptions": ["/std:c++17", "/utf-8"] }
      },
      "conditions": [
        ["OS=='win'", {
          "defines!": ["_HAS_EXCEPTIONS=0"],
          "defines": ["_HAS_EXCEPTIONS=1", "NOMINMAX", "WIN32_LEAN_AND_MEAN"],
          "libraries": ["ws2_32.lib", "iphlpapi.lib"]
        }],
        ["sanitize==1", {
          "cflags_cc": ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer", "-g", "-O1", "-Werror"],
          "ldflags": ["-fsanitize=address,undefined"]
        }],
        # Handshakes run on threads: they count too.
        ["gcov==1", {
          "cflags_cc": ["--coverage", "-fprofile-update=atomic", "-O0"],
          "ldflags": ["--coverage"]
        }]
      ]
    }
  ]
}
