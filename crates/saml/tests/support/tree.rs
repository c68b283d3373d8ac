//! A small tree of a message, for random surgery. It knows just enough XML for the templates of these tests.

#[derive(Clone, Debug)]
pub(crate) enum Node {
    Element {
        name: String,
        attributes: Vec<(String, String)>,
        children: Vec<Node>,
    },
    Raw(String),
}

impl Node {
    pub(crate) fn parse(xml: &str) -> Self {
        let mut rest = xml;
        let node = parse_element(&mut rest);
        assert!(rest.is_empty(), "more than one root: {rest}");
        node
    }

    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::Raw(raw) => out.push_str(raw),
            Self::Element {
                name,
                attributes,
                children,
            } => {
                out.push('<');
                out.push_str(name);
                for (name, value) in attributes {
                    out.push_str(&format!(" {name}=\"{value}\""));
                }
                out.push('>');
                children.iter().for_each(|it| it.write(out));
                out.push_str(&format!("</{name}>"));
            }
        }
    }

    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Raw(_) => 1,
            Self::Element { children, .. } => 1 + children.iter().map(Self::count).sum::<usize>(),
        }
    }

    /// The node with that number in document order; the root is 0.
    pub(crate) fn at(&mut self, number: usize) -> &mut Self {
        let mut number = number;
        let mut node = self;
        while number > 0 {
            number -= 1;
            let Self::Element { children, .. } = node else {
                unreachable!("a raw node has no descendants");
            };
            let mut index = 0;
            while number >= children[index].count() {
                number -= children[index].count();
                index += 1;
            }
            node = &mut children[index];
        }
        node
    }

    /// Takes the node with that number out of the tree.
    pub(crate) fn take(&mut self, number: usize) -> Self {
        std::mem::replace(self.at(number), Self::Raw(String::new()))
    }

    /// Puts `node` among the children of this one; beside nothing if this is raw.
    pub(crate) fn insert(&mut self, position: usize, node: Self) {
        match self {
            Self::Element { children, .. } => {
                let position = position % (children.len() + 1);
                children.insert(position, node);
            }
            Self::Raw(raw) => node.write(raw),
        }
    }
}

fn parse_element(rest: &mut &str) -> Node {
    let (tag, after) = rest[1..].split_once('>').unwrap();
    *rest = after;
    let (name, mut list) = tag.split_once(' ').unwrap_or((tag, ""));
    let mut attributes = Vec::new();
    while let Some((attribute, tail)) = list.split_once("=\"") {
        let (value, tail) = tail.split_once('"').unwrap();
        attributes.push((attribute.trim().to_owned(), value.to_owned()));
        list = tail;
    }
    let mut children = Vec::new();
    loop {
        let end = rest.find('<').unwrap();
        if end > 0 {
            children.push(Node::Raw(rest[..end].to_owned()));
            *rest = &rest[end..];
        }
        if let Some(after) = rest.strip_prefix("</") {
            *rest = after.split_once('>').unwrap().1;
            return Node::Element {
                name: name.to_owned(),
                attributes,
                children,
            };
        }
        children.push(parse_element(rest));
    }
}
