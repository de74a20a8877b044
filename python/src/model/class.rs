//! The macros that define the model classes.

/// Makes a frozen Python class around a type of the core.
///
/// `fields` are fields of the core's type and `getters` its methods; each becomes an attribute with a docstring and the Python
/// type for the stubs. `properties` are attributes that follow from those, which `repr` does not show. `positional` are the
/// attributes for positional patterns, `hash` those that the hash uses. `methods` are the methods that only this class has.
///
/// `pydantic` says how the class becomes a field of a pydantic model, and `wire` what `to_dict()` gives: name, type and the
/// attribute that documents it.
macro_rules! model {
    (
        $(#[$doc:meta])*
        $class:ident($core:ty) as $name:literal,
        positional: [$($positional:literal),* $(,)?],
        hash: |$model:ident| $hash:expr,
        pydantic: $pydantic:ident $(($instead:literal))?,
        wire: [$($wire:expr),* $(,)?],
        fields: { $($(#[$field_doc:meta])* $field:ident: $field_type:literal,)* },
        getters: { $($(#[$getter_doc:meta])* $getter:ident: $getter_type:literal,)* },
        properties: {
            $($(#[$property_doc:meta])* $property:ident: $property_type:literal = |$data:ident, $py:ident| $value:expr,)*
        },
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
                $(annotations.set_item(stringify!($property), annotation($property_type))?;)*
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

            $(
                $(#[$property_doc])*
                #[getter]
                fn $property<'py>(&self, $py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                    let $data = &self.0;
                    $value
                }
            )*

            /// What `to_dict()` gives: name, type and attribute.
            #[staticmethod]
            fn _wire_fields() -> Vec<(&'static str, &'static str, &'static str)> {
                vec![$($wire),*]
            }

            #[classmethod]
            fn __get_pydantic_core_schema__<'py>(
                cls: &Bound<'py, PyType>,
                _source: &Bound<'py, PyAny>,
                handler: &Bound<'py, PyAny>,
            ) -> PyResult<Bound<'py, PyAny>> {
                pydantic::$pydantic(cls, handler $(, $instead)?)
            }

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

/// Defines a model of the wire format: adds `extra`, `to_dict()` and `from_dict()`, and pickling, which a model that can hold
/// tokens refuses. Each field has its name on the wire.
macro_rules! wire_model {
    (
        $(#[$doc:meta])*
        $class:ident($core:ty) as $name:literal, pickle: $pickle:ident,
        positional: [$($positional:literal),* $(,)?],
        hash: |$model:ident| $hash:expr,
        pydantic: $pydantic:ident $(($instead:literal))?,
        fields: { $($(#[$field_doc:meta])* $field:ident as $wire:literal: $field_type:literal,)* },
        getters: { $($getters:tt)* },
        properties: { $($properties:tt)* },
        methods: { $($methods:tt)* } $(,)?
    ) => {
        model! {
            $(#[$doc])*
            $class($core) as $name,
            positional: [$($positional),*],
            hash: |$model| $hash,
            pydantic: $pydantic $(($instead))?,
            wire: [$(($wire, $field_type, stringify!($field))),*],
            fields: {
                $($(#[$field_doc])* $field: $field_type,)*
                /// Fields that this version does not know, as they came.
                extra: "dict[str, Any]",
            },
            getters: { $($getters)* },
            properties: { $($properties)* },
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

/// A type that `typing.get_type_hints` can evaluate in the package `tenant_select`, which does not define `Any`.
pub(super) fn annotation(hint: &str) -> String {
    ["Any", "Outcome", "datetime"]
        .iter()
        .fold(hint.to_owned(), |hint, name| hint.replace(name, &format!("_types.{name}")))
}

pub(crate) use {model, wire_model};
