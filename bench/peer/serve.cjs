// Kinesalite on a free loopback port, which it prints, until standard input ends.
const server = require('kinesalite')({createStreamMs: 0, shardLimit: 100})

server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.on('end', () => process.exit()).resume()
