"""Loads an XForm: model, binds, texts, lists, body, then the plan of computation. All in one pass over the XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping

from desktop.survey.xform import body, dependencies, metadata, reader, tables, texts
from desktop.survey.xform.model import Bind, EntityTarget, Form, FormError, Formula, NodeDef, RepeatInfo, Seed
from desktop.survey.xpath.parser import ExpressionError

_CONSTANTS = {"true()": True, "false()": False, "1": True, "0": False}


def load_form(source: str, attachments: Mapping[str, str] | None = None, *, with_metadata: bool = True) -> Form:
    """A form from XForm text and its attached files (by name or `jr://…` address).

    Raises FormError or ExpressionError, with the field's path, for a form that cannot work; missing attachments are
    not an error until an expression needs them (`Form.missing_instances`).
    """
    try:
        return _load(source, dict(attachments or {}), with_metadata)
    except RecursionError as error:
        raise FormError("表单的嵌套层级过深，未读入。") from error


def _load(source: str, attachments: dict[str, str], with_metadata: bool) -> Form:
    root, prefixes = reader.read_xml(source)
    head = reader.child(root, "head")
    model = reader.child(head, "model") if head is not None else reader.child(root, "model")
    if model is None:
        raise FormError("文件里没有表单模型（model），不是 XForm。")
    instances = [element for element in reader.elements(model) if reader.local_name(element) == "instance"]
    main = next((reader.elements(element) for element in instances if len(reader.elements(element))), None)
    if not main:
        raise FormError("表单模型里没有答案的结构（instance）。")
    title = reader.child(head, "title")
    form = _skeleton(main[0], prefixes, (title.text or "") if title is not None else "")
    itext = reader.child(model, "itext")
    form.translations, form.languages, form.default_language = texts.read_translations(itext)
    if with_metadata:
        metadata.ensure_meta(form)
    _load_lists(form, instances, main[0], prefixes, attachments)
    body_element = reader.child(root, "body")
    _mark_repeats(form, body_element)
    _read_binds(form, model, prefixes)
    for element in reader.elements(model):
        if reader.local_name(element) in body.ACTIONS:
            action = body.read_action(form, element, form.root.path, None)
            if action.target not in form.nodes:
                _attribute_node(form, action.target)
            form.actions.append(action)
    body.BodyReader(form, prefixes).read(body_element)
    _collect_templates(form.seed)
    for node in form.nodes.values():
        if node.repeat is not None and node.repeat.template is None:
            node.repeat.template = _blank(node)
    form.plan = dependencies.make_plan(form)
    return form


def _skeleton(element: ET.Element, prefixes: dict[str, str], title: str) -> Form:
    nodes: dict[tuple[str, ...], NodeDef] = {}
    seed = read_seed(element, None, prefixes, nodes)
    form = Form(
        title=title.strip(),
        form_id=element.get("id") or reader.split_tag(element.tag)[0] or reader.local_name(element),
        version=element.get("version") or reader.attribute(element, "version", reader.OPENROSA) or "",
        root=seed.definition,
        seed=seed,
        nodes=nodes,
        body=[],
        questions={},
        translations={},
        languages=(),
        default_language="",
        instances={},
        missing_instances={},
        actions=[],
        namespaces={prefix: uri for uri, prefix in prefixes.items() if prefix},
    )
    for order, node in enumerate(nodes.values()):
        node.order = order
    return form


def read_seed(
    element: ET.Element, parent: NodeDef | None, prefixes: dict[str, str], nodes: dict[tuple[str, ...], NodeDef]
) -> Seed:
    """An instance element as a seed; its definition is made when first met."""
    name = reader.qualified(element.tag, prefixes)
    path = (name,) if parent is None else (*parent.path, name)
    definition = nodes.get(path)
    if definition is None:
        definition = NodeDef(path, parent, uri=reader.split_tag(element.tag)[0])
        nodes[path] = definition
        if parent is not None:
            parent.children.append(definition)
    attributes = tuple(
        (reader.qualified(key, prefixes), reader.split_tag(key)[0], value) for key, value in element.attrib.items()
    )
    seed = Seed(definition, attributes=attributes)
    inner = reader.elements(element)
    if inner:
        seed.children = [read_seed(found, definition, prefixes, nodes) for found in inner]
    else:
        # blanks around a default are layout (JavaRosa)
        seed.text = (element.text or "").strip()
    return seed


def is_template(seed: Seed) -> bool:
    """Whether a seed is a repeat's template (`jr:template`)."""
    return any(uri == reader.JAVAROSA and name.endswith("template") for name, uri, _ in seed.attributes)


def _load_lists(
    form: Form, instances: list[ET.Element], main: ET.Element, prefixes: dict[str, str], attachments: dict[str, str]
) -> None:
    given = {name.rsplit("/", 1)[-1]: content for name, content in attachments.items()}
    for element in instances:
        name = element.get("id")
        content = reader.elements(element)
        if name is None or (content and content[0] is main):
            continue
        source = element.get("src")
        if source and source.startswith("jr://instance/"):
            # the last saved instance: none is kept here
            form.instances[name] = tables.instance_node(name, tables.ItemTable("root", "item", (), []))
            continue
        if source:
            text = attachments.get(source)
            file_name = source.rsplit("/", 1)[-1]
            text = given.get(file_name) if text is None else text
            if text is not None:
                form.instances[name] = tables.instance_node(name, tables.from_attachment(file_name, text))
                continue
            # what stands inside is a placeholder for the attached file
            form.missing_instances[name] = file_name
            form.instances[name] = tables.instance_node(name, tables.ItemTable("root", "item", (), []))
        elif content:
            form.instances[name] = tables.instance_node(name, tables.from_element(content[0], prefixes))


def _mark_repeats(form: Form, element: ET.Element | None) -> None:
    """Repeats must be known before any expression is compiled."""
    if element is None:
        return
    stack: list[tuple[ET.Element, tuple[str, ...]]] = [(element, form.root.path)]
    while stack:
        current, here = stack.pop()
        for inner in reader.elements(current):
            name = reader.local_name(inner)
            if name not in ("group", "repeat"):
                continue
            reference = (inner.get("nodeset") if name == "repeat" else None) or inner.get("ref")
            path = here
            if reference:
                path = body.resolve(form, reference, here, "重复组" if name == "repeat" else "分组")
            if name == "repeat":
                node = form.nodes.get(path)
                if node is None:
                    raise FormError(f"重复组引用的节点不存在：/{'/'.join(path)}")
                if node.repeat is None:
                    node.repeat = RepeatInfo()
            stack.append((inner, path))


def _read_binds(form: Form, model: ET.Element, prefixes: dict[str, str]) -> None:
    for element in reader.elements(model):
        if reader.local_name(element) != "bind":
            continue
        nodeset = element.get("nodeset") or element.get("ref")
        if not nodeset:
            continue
        try:
            path = body.resolve(form, nodeset, form.root.path, "绑定")
            node = form.nodes.get(path) or _attribute_node(form, path)
            if node is None:
                form.warnings.append(f"绑定的字段不存在：{nodeset}")
                continue
            _read_bind(form, node, element, prefixes)
        except ExpressionError as error:
            raise FormError(f"字段 {nodeset}：{error.message}") from error
    for node in form.nodes.values():
        if node.name.rpartition(":")[2] == "entity":
            _read_entity(form, node)


def _attribute_node(form: Form, path: tuple[str, ...]) -> NodeDef | None:
    """A definition for an attribute that a bind or action computes (ODK entities: `entity/@id`)."""
    parent = form.nodes.get(path[:-1])
    if parent is None or not path[-1].startswith("@"):
        return None
    node = NodeDef(path, parent, order=len(form.nodes))
    form.nodes[path] = node
    parent.attributes.append(node)
    return node


def _read_bind(form: Form, node: NodeDef, element: ET.Element, prefixes: dict[str, str]) -> None:
    bind = node.bind if node.has_bind else Bind()
    node.bind = bind
    node.has_bind = True
    data_type = element.get("type")
    if data_type:
        bind.data_type = data_type.rpartition(":")[2]
    if (value := element.get("relevant")) is not None:
        bind.relevant = _rule(form, node, value, True)
    if (value := element.get("required")) is not None:
        bind.required = _rule(form, node, value, False)
    if (value := element.get("readonly")) is not None:
        bind.readonly = _rule(form, node, value, False)
    if (value := element.get("calculate")) is not None and value.strip():
        bind.calculate = Formula(value, form.scope(node.path))
    if (value := element.get("constraint")) is not None and value.strip():
        bind.constraint = Formula(value, form.scope(node.path))
    bind.constraint_message = texts.message_of(reader.attribute(element, "constraintMsg"), form, node.path)
    bind.required_message = texts.message_of(reader.attribute(element, "requiredMsg"), form, node.path)
    bind.preload = reader.attribute(element, "preload") or ""
    bind.preload_params = reader.attribute(element, "preloadParams") or ""
    bind.saveto = reader.attribute(element, "saveto", reader.ENTITIES) or ""
    for key, attribute_value in element.attrib.items():
        bind.attributes[reader.qualified(key, prefixes)] = attribute_value


def _rule(form: Form, node: NodeDef, source: str, default: bool) -> Formula | bool:
    text = source.strip()
    if not text:
        return default
    constant = _CONSTANTS.get(text)
    return Formula(source, form.scope(node.path)) if constant is None else constant


def _read_entity(form: Form, node: NodeDef) -> None:
    seed = _find_seed(form.seed, node)
    if seed is None:
        return
    values = {name.rpartition(":")[2]: value for name, _, value in seed.attributes}
    if "dataset" in values:
        form.entities.append(
            EntityTarget(node.path, values["dataset"], values.get("create", ""), values.get("update", ""))
        )


def _find_seed(seed: Seed, node: NodeDef) -> Seed | None:
    if seed.definition is node:
        return seed
    for child in seed.children:
        found = _find_seed(child, node)
        if found is not None:
            return found
    return None


def _collect_templates(seed: Seed) -> None:
    """Take `jr:template` seeds out of the tree; they are what new repeat instances are made from."""
    kept: list[Seed] = []
    for child in seed.children:
        if is_template(child):
            repeat = child.definition.repeat
            if repeat is not None and repeat.template is None:
                repeat.template = child
                child.attributes = tuple(a for a in child.attributes if not a[0].endswith("template"))
                _collect_templates(child)
                continue
            if repeat is not None:
                continue
            child.attributes = tuple(a for a in child.attributes if not a[0].endswith("template"))
        _collect_templates(child)
        kept.append(child)
        if child.definition.repeat is not None and child.definition.parent is seed.definition:
            child.definition.repeat.defaults.append(child)
    seed.children = kept


def _blank(node: NodeDef) -> Seed:
    """A template for a repeat that has none: the structure without the first instance's values (JavaRosa)."""
    return Seed(node, children=[_blank(child) for child in node.children if child.repeat is None])
