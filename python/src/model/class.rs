//! The macros that define the model classes.

/// Makes a frozen Python class around a type of the core.
///
/// `fields` are fields of the core's type and `getters` its methods; each becomes an attribute with a docstring and the Python
/// type for the stubs. `positional` are the attributes for positional patterns, `hash` those that the hash uses. `methods`
/// are the methods that only this class has.
macro_rules! model {
    (
        $(#[$doc:meta])*
        $class:ident($core:ty) as $name:literal,
        positional: [$($positional:literal),* $(,)?],
        hash: |$model:ident| $hash:expr,
        fields: { $($(#[$field_doc:meta])* $field:ident: $field_type:literal,)* },
        getters: { $($(#[$getter_doc:meta])* $getter:ident: $getter_type:literal,)* },
        methods: { $($methods:tt)* } $(,)?
    ) => {
        $(#[$doc])*
        #[pyclass(frozen, eq, module = "tenant_select", name = $name)]
        #[derive(Clone, PartialEq)]
        pub(crate) struct $class(pub(crate) $core);

        #[pymethods]
        #[allow(clippy::wrong_self_convention, reason = "`from_tenant` is an attribute")]
        impl $class {
            #[classattr]
            fn __match_args__(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
                let positional: &[&str] = &[$($positional),*];
                PyTuple::new(py, positional)
            }

            /// The Python types of the attributes, in the order in which they are shown.
            #[classattr]
            fn __annotations__(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
                let annotations = PyDict::new(py);
                $(annotations.set_item(stringify!($field), annotation($field_type))?;)*
                $(annotations.set_item(stringify!($getter), annotation($getter_type))?;)*
                Ok(annotations)
            }

            $(
                $(#[$field_doc])*
                #[getter]
                fn $field<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                    Field::to_py(&self.0.$field, py)
                }
            )*

            $(
                $(#[$getter_doc])*
                #[getter]
                fn $getter<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                    Field::to_py(&self.0.$getter(), py)
                }
            )*

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                let mut parts: Vec<String> = Vec::new();
                $(
                    if let Some(shown) = Field::shown(&self.0.$field, py)? {
                        parts.push(format!(concat!(stringify!($field), "={}"), shown));
                    }
                )*
                $(
                    if let Some(shown) = Field::shown(&self.0.$getter(), py)? {
                        parts.push(format!(concat!(stringify!($getter), "={}"), shown));
                    }
                )*
                Ok(format!(concat!($name, "({})"), parts.join(", ")))
            }

            fn __hash__(&self) -> u64 {
                let $model = &self.0;
                let mut hasher = DefaultHasher::new();
                $hash.hash(&mut hasher);
                hasher.finish()
            }

            fn __copy__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
                slf
            }

            fn __deepcopy__<'py>(slf: Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
                slf
            }

            $($methods)*
        }
    };
}

/// Defines a model of the wire format: adds `to_dict()` and `from_dict()`, and pickling, which a model that can hold tokens
/// refuses.
macro_rules! wire_model {
    (
        $(#[$doc:meta])*
        $class:ident($core:ty) as $name:literal, pickle: $pickle:ident,
        positional: [$($positional:literal),* $(,)?],
        hash: |$model:ident| $hash:expr,
        fields: { $($fields:tt)* },
        getters: { $($getters:tt)* },
        methods: { $($methods:tt)* } $(,)?
    ) => {
        model! {
            $(#[$doc])*
            $class($core) as $name,
            positional: [$($positional),*],
            hash: |$model| $hash,
            fields: { $($fields)* },
            getters: { $($getters)* },
            methods: {
                /// Return the model in the wire format.
                ///
                /// Returns:
                ///     A dict with the wire's names, including unknown fields, without missing ones. Tokens have their
                ///     real values.
                ///
                /// Example:
                #[doc = concat!("    >>> ", $name, ".from_dict({}).to_dict()")]
                ///     {}
                fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                    convert::to_py(py, &self.0)
                }

                /// Create the model from a dict of `to_dict()`.
                ///
                /// Args:
                ///     data: A dict with the wire's names.
                ///
                /// Returns:
                ///     The model. Nothing in it is verified, because the dict is data of the caller.
                ///
                /// Raises:
                ///     InvalidInputError: A field of `data` has the wrong type; the message names it.
                ///
                /// Example:
                #[doc = concat!("    >>> ", $name, ".from_dict({}) == ", $name, ".from_dict({})")]
                ///     True
                #[staticmethod]
                fn from_dict(data: &Bound<'_, PyAny>) -> PyResult<Self> {
                    from_dict(data).map(Self)
                }

                fn __reduce__<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                    pickling::$pickle(slf.as_any())
                }

                $($methods)*
            },
        }
    };
}

/// Defines a model that grants roles and permissions: adds the four methods for them, and pickling in a private format.
///
/// `level` is the level that the methods use, `example` the object in the examples, `granted` and `listed` their results.
macro_rules! granting_model {
    (
        $(#[$doc:meta])*
        $class:ident($core:ty) as $name:literal,
        level: $level:literal, example: $example:literal, granted: $granted:literal,
        listed: [$listed_roles:literal, $listed_permissions:literal],
        positional: [$($positional:literal),* $(,)?],
        hash: |$model:ident| $hash:expr,
        getters: { $($getters:tt)* },
        methods: { $($methods:tt)* } $(,)?
    ) => {
        model! {
            $(#[$doc])*
            $class($core) as $name,
            positional: [$($positional),*],
            hash: |$model| $hash,
            fields: {},
            getters: { $($getters)* },
            methods: {
                #[doc = concat!("Whether every one of `roles` is granted ", $level, ". Names are compared as a whole.")]
                ///
                /// Args:
                ///     roles: The names to look for.
                ///
                /// Returns:
                ///     True when all of them are granted, and when the list is empty.
                ///
                /// Raises:
                ///     TypeError: `roles` is not an iterable of str; a single str is refused.
                ///
                /// Example:
                #[doc = concat!("    >>> ", $example, ".has_roles([\"editor\"])")]
                #[doc = concat!("    ", $granted)]
                fn has_roles(&self, roles: &Bound<'_, PyAny>) -> PyResult<bool> {
                    Ok(self.0.has_roles(&convert::texts("roles", roles)?))
                }

                #[doc = concat!("Whether every one of `permissions` is granted ", $level, ". Names are compared as a whole.")]
                ///
                /// Args:
                ///     permissions: The names to look for.
                ///
                /// Returns:
                ///     True when all of them are granted, and when the list is empty.
                ///
                /// Raises:
                ///     TypeError: `permissions` is not an iterable of str; a single str is refused.
                ///
                /// Example:
                #[doc = concat!("    >>> ", $example, ".has_permissions([\"documents.write\"])")]
                #[doc = concat!("    ", $granted)]
                fn has_permissions(&self, permissions: &Bound<'_, PyAny>) -> PyResult<bool> {
                    Ok(self.0.has_permissions(&convert::texts("permissions", permissions)?))
                }

                #[doc = concat!("Which of `roles` are granted ", $level, ". Names are compared as a whole.")]
                ///
                /// Args:
                ///     roles: The names to look for.
                ///
                /// Returns:
                ///     The granted ones, in the order given.
                ///
                /// Raises:
                ///     TypeError: `roles` is not an iterable of str; a single str is refused.
                ///
                /// Example:
                #[doc = concat!("    >>> ", $example, ".matched_roles([\"editor\"])")]
                #[doc = concat!("    ", $listed_roles)]
                fn matched_roles(&self, roles: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
                    Ok(self.0.matched_roles(&convert::texts("roles", roles)?))
                }

                #[doc = concat!("Which of `permissions` are granted ", $level, ". Names are compared as a whole.")]
                ///
                /// Args:
                ///     permissions: The names to look for.
                ///
                /// Returns:
                ///     The granted ones, in the order given.
                ///
                /// Raises:
                ///     TypeError: `permissions` is not an iterable of str; a single str is refused.
                ///
                /// Example:
                #[doc = concat!("    >>> ", $example, ".matched_permissions([\"documents.write\"])")]
                #[doc = concat!("    ", $listed_permissions)]
                fn matched_permissions(&self, permissions: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
                    Ok(self.0.matched_permissions(&convert::texts("permissions", permissions)?))
                }

                fn __reduce__<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                    pickling::allow_in_private(slf.as_any())
                }

                #[staticmethod]
                fn _restore(data: &Bound<'_, PyAny>) -> PyResult<Self> {
                    from_dict(data).map(Self)
                }

                $($methods)*
            },
        }
    };
}

/// A type that `typing.get_type_hints` can evaluate in the package `tenant_select`, which does not define `Any`.
pub(super) fn annotation(hint: &str) -> String {
    hint.replace("Any", "_types.Any").replace("Outcome", "_types.Outcome")
}

pub(crate) use {granting_model, model, wire_model};
