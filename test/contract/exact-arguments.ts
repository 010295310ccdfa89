/** Arguments of a tool call, on one line, that are others once they have been parsed and written again. */
export const exactArguments = [
  '{ "price": 1.0, "count":1e3, "id" :12345678901234567890, "zero": -0,',
  String.raw`"path": "a\/b", "name": "Z\u00fcrich \ud83d\ude00 ü 😀", "text": "}]\\\",{", "2": [ 1 ,[ ] , { } ], "1": null,`,
  '"content": [{"input": 1, "functionCall": {"args": {}}}], "price": 2.50 }',
].join(' \t');
