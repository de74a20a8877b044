//! Link arguments that an extension module of Python needs on each platform.

fn main() {
    pyo3_build_config::add_extension_module_link_args();
}
