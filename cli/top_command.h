// `holdfast top`: what a running Holdfast does, refreshed every second.
#pragma once

namespace CLI {
class App;
}

namespace holdfast::cli {

// `exit_code` must outlive the parsing.
void add_top_command(CLI::App& app, int& exit_code);

}  // namespace holdfast::cli
