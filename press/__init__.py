"""The builder of the book: turns `chapters/` into notebooks and a web site.

A chapter in one language passes through these modules from top to bottom; `building` puts the steps
together, and `__main__` is the command.

- What people write: `book`, `terms`, `works` and `texts`, with `front_matter` and `conversion`, and
  an `inventory` of the files; `markdown` and `stray_markup` parse a text, `passages` divide it,
  `references` connect it with others.
- Pair: `pairing` with its notebook, and `backups` of what that replaces.
- Run: `running` what has changed, in the kernels of `executing` and `kernels`, with the `behavior`
  that cells must have; `tags`, `programs` and `outputs` are what cells consist of, `golden` keeps
  their outputs as text.
- Check: `checking` everything. Each text: `prose`, `style`, `particles`, `glossary`, `exercises`. A
  translation beside its source: `alignment`, `parity`, `exchanges`, and what `syncing` records of
  them, with `history`, `numbers` and `opposites`. The rest: `wordings`, `figure_files` and the
  `bibliography`.
- Render: `rendering` passages, with `phrases`, `figures`, `katex`, `coloring` and the `fragments`
  made before; `readings`, `contexts`, `autodoc` and `searching` are what `pages` consist of; of the
  files in the `manifest`, `site` writes those that change; `interface` has the words of pages.
- Offer: `plain` Markdown in `downloads` and in the `workbooks` of readers, with `merging` and
  `answers`; Python in the page, with `runtime`, `wheel` and `lite`; `serving`, `packing`, `jupyter`
  and the nbconvert `exporter`.
- Keep in order: `environment`, `testing`, `vendor`, `linkcheck` and `lighthouse`.
- What all of them use: `errors`, `paths`, `files`, `hashing`, `tables`, `characters`, `tokens`,
  `packages` and `progress`.
"""
