/**
 * The shapes of data that pass between the modules of the page. This module holds types alone.
 *
 * @typedef {object} System A x = b, with more unknowns than equations.
 * @property {string} name Its key in the state.
 * @property {string} title What a reader calls it.
 * @property {number} equations n
 * @property {number} unknowns d
 * @property {Float64Array} A n·d numbers, row by row.
 * @property {Float64Array} b n numbers.
 * @property {Float64Array | null} truth The solution that b was made of, where there is one.
 * @property {{rows: number, columns: number, basis: "pixels" | "haar" | "dct"} | null} image Where x stands for a
 *   picture: `synthesis(basis, x, rows, columns)` of mathematics/pictures.js.
 * @property {string | null} python An expression that makes the same system in Python, such as
 *   `rl.systems.GaussianSparse(40, 200).system(0)`; null for data of the reader's own.
 * @property {string | null} toml The table `problem` of a study, and its seed, that is the same system.
 *
 * @typedef {{name: "Direct" | "Difference" | "Power" | "Product" | "TwoBranch", depth: number}} Network
 *
 * @typedef {Record<string, Float64Array[]>} Theta For each name of Python's dict its layers; a single array is a list
 *   of one.
 *
 * @typedef {Record<string, string | number | boolean>} State Flat, and whole: every knob of every view has its value.
 *
 * @typedef {object} Knob One control, as the panel draws it.
 * @property {string} key In the state; the same key in two views is the same knob.
 * @property {string} label Plain words.
 * @property {string} [symbol] Shown beside the label, such as α.
 * @property {"slider" | "logarithmic" | "choice" | "switch" | "number" | "system"} kind A slider; a slider over powers
 *   of ten; a list; a checkbox; a number to type; a list of the systems that the page has.
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [step] Of a slider; of a logarithmic one in decades.
 * @property {{value: string | number, title: string, also?: Partial<State>}[]} [choices] `also` is set with the choice.
 * @property {(system: System) => boolean} [accepts] Of the kind "system": which of them the view can show; all by
 *   default.
 * @property {string} help One sentence, shown on hover and on focus.
 * @property {(state: State) => boolean} [shown] Whether the knob applies; it is hidden where it does not.
 * @property {(value: number, state: State) => string} [format] The value in plain numbers.
 * @property {string} [group] Knobs of one group are folded under its name.
 *
 * @typedef {object} View A picture with its knobs.
 * @property {string} name Its key in the state.
 * @property {string} title A word or two.
 * @property {string} question One sentence.
 * @property {Knob[]} knobs
 * @property {State} defaults For every key that the view reads, beyond those of `shared` in state.js.
 * @property {(state: State) => Partial<State>} [settled] What has to change for the view to show the state: a depth
 *   that a network cannot have, for example.
 * @property {(container: HTMLElement, context: Context) => Mounted} mount
 * @property {(state: State, systems: Record<string, System>) => Recipe | null} recipe What Python needs to compute what
 *   is on the screen; null where the library has no such call.
 *
 * @typedef {object} Mounted
 * @property {(state: State) => void} update Called after each change of the state, and after a change of size or theme.
 * @property {() => Picture[]} pictures What "save as SVG" and "save as PNG" write.
 * @property {() => void} dispose Ends animations and listeners.
 * @property {() => Record<string, number | number[]>} [numbers] What "copy as Python" has to print: x, and what else is
 *   shown.
 *
 * @typedef {{name: string, width: number, height: number, draw: (surface: Surface) => void}} Picture
 *
 * @typedef {object} Context
 * @property {State} state The newest one.
 * @property {(change: Partial<State>) => void} set Changes the state, the address and every view.
 * @property {Record<string, System>} systems
 * @property {(request: object) => Promise<any>} solve Runs a request in the worker; a newer one of the same `channel`
 *   replaces one that waits.
 * @property {() => Palette} palette The colours of the theme of now.
 * @property {(text: string) => void} announce Says a sentence to screen readers.
 *
 * @typedef {object} Recipe Code in words of Python: `lines` prepare, `result` is an expression whose value is x.
 * @property {string[]} lines
 * @property {string} result
 * @property {string | null} toml A study that holds the same cell, or null.
 * @property {Record<string, string>} [files] Files that the study reads, by name.
 *
 * @typedef {object} Palette
 * @property {"light" | "dark"} theme
 * @property {string} background
 * @property {string} panel
 * @property {string} ink
 * @property {string} muted Words of lesser weight; 4.5:1 on the background.
 * @property {string} faint Axes and frames.
 * @property {string} grid
 * @property {string} accent What can be dragged or pressed.
 * @property {string} prediction What the theorem says.
 * @property {string} training What an experiment does.
 * @property {string} truth What b was made of.
 * @property {string} ghost Ends of a range: the lazy and the vanishing limit.
 * @property {string} warning A locked sign, a divergence.
 * @property {string[]} series Told apart by colour-blind readers, at most seven.
 *
 * @typedef {object} Style
 * @property {string} [stroke]
 * @property {number} [width]
 * @property {number[]} [dash]
 * @property {string} [fill]
 * @property {number} [opacity]
 * @property {"butt" | "round"} [cap]
 *
 * @typedef {object} Lettering
 * @property {string} [fill]
 * @property {number} [size] In pixels.
 * @property {"start" | "middle" | "end"} [anchor]
 * @property {"top" | "middle" | "bottom" | "alphabetic"} [baseline]
 * @property {number} [turn] Degrees, anticlockwise.
 * @property {boolean} [bold]
 * @property {boolean} [italic]
 * @property {string} [halo] A colour behind the letters that keeps them apart from lines.
 *
 * @typedef {object} Surface Something to draw on: a canvas, or an SVG document. Lengths are CSS pixels.
 * @property {number} width
 * @property {number} height
 * @property {() => void} clear
 * @property {(xs: ArrayLike<number>, ys: ArrayLike<number>, style: Style) => void} polyline Broken where a number is
 *   not finite.
 * @property {(xs: ArrayLike<number>, ys: ArrayLike<number>, style: Style) => void} polygon Closed.
 * @property {(x1: number, y1: number, x2: number, y2: number, style: Style) => void} line
 * @property {(x: number, y: number, radius: number, style: Style) => void} circle
 * @property {(x: number, y: number, width: number, height: number, style: Style) => void} rectangle
 * @property {(x: number, y: number, words: string, lettering?: Lettering) => void} text
 * @property {(x: number, y: number, width: number, height: number, pixels: Raster) => void} raster Every pixel a sharp
 *   square.
 * @property {(x: number, y: number, width: number, height: number, draw: () => void) => void} clip
 *
 * @typedef {{rows: number, columns: number, rgba: Uint8ClampedArray}} Raster
 *
 * @typedef {object} Scale From numbers to pixels.
 * @property {(value: number) => number} at
 * @property {(pixel: number) => number} invert
 * @property {[number, number]} domain
 * @property {[number, number]} range
 * @property {(wanted: number) => {value: number, label: string}[]} ticks
 * @property {"linear" | "logarithmic"} kind
 */

export {};
